"""Windows that are left as garbage: each of these used to end the process with a segmentation fault."""

import subprocess
import sys

IN_A_THREAD = """
from PySide6.QtCore import QThread
from PySide6.QtWidgets import QApplication, QWidget
from stl_tl_gui.gui.background.garbage import collect_in_this_thread

class Window(QWidget):
    def __init__(self):
        super().__init__()
        self.itself = self
        self.startTimer(1)

class Thread(QThread):
    def run(self):
        self.made = [[] for _ in range(100_000)]  # by itself, Python would look for garbage here

app = QApplication([])
collect_in_this_thread(app)
for _ in range(5):
    for _ in range(20):
        Window()
    thread = Thread()
    thread.start()
    thread.wait()
    app.processEvents()
"""

CHANGED_SETTINGS = """
import gc
import shiboken6
from PySide6.QtWidgets import QApplication
from stl_tl_gui.gui.train.settings_form import SettingsForm

app = QApplication([])
for _ in range(3):
    form = SettingsForm()
    form.itself = form
    for epochs in 3, 4, 5:
        form._choose("epochs", epochs)
        form._choose("seed", epochs)
    form.history.undo()
    shiboken6.delete(form)
    del form
    gc.collect()
"""


def survives(code: str) -> bool:
    return subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True).returncode == 0


def test_that_widgets_are_not_deleted_in_other_threads() -> None:
    assert survives(IN_A_THREAD)


def test_that_a_form_with_changes_to_undo_can_be_garbage() -> None:
    assert survives(CHANGED_SETTINGS)
