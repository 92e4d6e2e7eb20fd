"""The About dialog."""

import platform
import sys

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import QMessageBox, QWidget

from stl_tl_gui import __version__
from stl_tl_gui.gui.widgets.dialogs import show_message


def show_about(parent: QWidget) -> QMessageBox:
    torch = sys.modules.get("torch")  # not worth waiting for
    parts = [f"Python {platform.python_version()}", f"Qt {qVersion()}", f"PyTorch {torch.__version__}" if torch else ""]
    what = (
        "Train a picture classifier from few pictures: fine-tune a pretrained model on STL-10 or on your own pictures, "
        "see what it gets wrong, and classify new ones. Everything stays on this computer."
    )
    more = f"{what}\n\n{', '.join(filter(None, parts))}\nFree software under the MIT license."
    return show_message(parent, f"STL Transfer Lab {__version__}", more)
