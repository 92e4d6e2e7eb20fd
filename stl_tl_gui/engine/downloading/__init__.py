"""Downloading one file: goes on where it was cut, tries again, checks what arrived, and is never half there.

Ranges and their conditions are those of RFC 9110, sections 13 and 14.
"""

from stl_tl_gui.engine.downloading.connection import DownloadFailed
from stl_tl_gui.engine.downloading.download import USUAL_PATIENCE, Patience, arrived, discard, download

__all__ = ["USUAL_PATIENCE", "DownloadFailed", "Patience", "arrived", "discard", "download"]
