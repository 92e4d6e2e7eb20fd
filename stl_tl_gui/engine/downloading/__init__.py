"""Downloads a file: resumes after a cut, tries again, checks the checksum; a file is complete or missing.

Ranges and their conditions are those of RFC 9110, sections 13 and 14.
"""

from stl_tl_gui.engine.downloading.connection import DownloadFailed
from stl_tl_gui.engine.downloading.download import USUAL_PATIENCE, Patience, arrived, discard, download

__all__ = ["USUAL_PATIENCE", "DownloadFailed", "Patience", "arrived", "discard", "download"]
