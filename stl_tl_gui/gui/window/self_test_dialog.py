"""SelfTestDialog: checks that everything works on this computer, in a process of its own."""

import json
from typing import Any

from PySide6.QtCore import QCoreApplication, QProcess, QProcessEnvironment, QSize, Qt, QTemporaryDir
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from stl_tl_gui.engine.machine.processes import command
from stl_tl_gui.engine.self_test import checks
from stl_tl_gui.gui.widgets import theme
from stl_tl_gui.gui.widgets.copying import copyable, texts_of
from stl_tl_gui.gui.widgets.dialogs import close_and_copy, stack
from stl_tl_gui.gui.widgets.icons import icon
from stl_tl_gui.gui.widgets.table_text import tab_separated
from stl_tl_gui.gui.widgets.table_view import set_up_table

_SIGNS = {
    "passed": ("check", "good"),
    "failed": ("warning", "bad"),
    "skipped": ("skip", "muted"),
    "running": ("play", "accent"),
    "waiting": ("waiting", "muted"),
}
_WORDS = {
    "passed": "works",
    "failed": "fails",
    "skipped": "skipped",
    "running": "running",
    "waiting": "waiting",
}
_NAME, _OUTCOME, _DETAIL = range(3)


class SelfTestDialog(QDialog):
    """Starts the command “self-test” at once, and shows each result as it comes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Self-test")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.findings: list[dict[str, Any]] = []
        self.process: QProcess | None = None
        self._unread = b""
        self._checks = [check for check in checks() if check.name != "window"]
        self.summary = theme.heading("")
        self.table = QTableWidget(len(self._checks) + 1, 3)
        self._set_up_table()
        self.again = QPushButton(icon("refresh"), "Test again")
        self.again.clicked.connect(self.start)
        self.cancel = QPushButton(icon("close"), "Cancel")
        self.cancel.clicked.connect(self.stop)
        self._lay_out()
        self.start()

    def start(self) -> None:
        """Test everything again."""
        self.findings, self._unread = [], b""
        platform, screen = QGuiApplication.platformName(), self.screen()
        size = f"{screen.size().width()} x {screen.size().height()} pixels at {screen.devicePixelRatio():.0%}"
        self._show(0, "Window", "passed", f"this window is open on “{platform}”, {size}")
        for place, check in enumerate(self._checks, start=1):
            self._show(place, check.title, "running" if place == 1 else "waiting", "")
        self.summary.setText("Testing…")
        process, scratch = QProcess(self), QTemporaryDir()  # a process that is ended does not tidy up
        environment = QProcessEnvironment.systemEnvironment()
        for name in ("TMPDIR", "TEMP", "TMP"):
            environment.insert(name, scratch.path())
        process.setProcessEnvironment(environment)
        process.finished.connect(lambda *_: scratch.remove())
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(lambda _: self._ended())
        program, *arguments = command("self-test", "--json", "--no-window")
        self.process = process
        self._follow()
        process.start(program, arguments)

    def stop(self) -> None:
        """End the test; the results so far stay."""
        if self.process is not None:
            self.process.kill()

    def done(self, result: int) -> None:  # Qt's name
        """Close, and end a test that is running."""
        if self.process is not None:
            process, self.process = self.process, None
            process.setParent(QCoreApplication.instance())
            process.finished.connect(process.deleteLater)
            process.kill()
        super().done(result)

    def copy(self) -> None:
        """Put the results on the clipboard, to send to someone who can help."""
        QGuiApplication.clipboard().setText(tab_separated(texts_of(self.table)))

    def _read(self) -> None:
        if self.process is None:
            return
        lines = (self._unread + bytes(self.process.readAllStandardOutput().data())).split(b"\n")
        self._unread = lines.pop()
        for line in lines:
            self._take(json.loads(line))

    def _take(self, finding: dict[str, Any]) -> None:
        self.findings.append(finding)
        place = next(at for at, check in enumerate(self._checks, start=1) if check.name == finding["name"])
        self._show(place, finding["title"], finding["outcome"], finding["detail"])
        if place < len(self._checks):
            self._show(place + 1, self._checks[place].title, "running", "")

    def _ended(self) -> None:
        if self.process is None:
            return
        self._read()
        said = bytes(self.process.readAllStandardError().data()).decode("utf-8", "replace").strip()
        self.process.deleteLater()
        self.process = None
        unknown = self._checks[len(self.findings) :]
        for place, check in enumerate(unknown, start=len(self.findings) + 1):
            self._show(place, check.title, "skipped", said.splitlines()[-1] if said and check is unknown[0] else "")
        failed = sum(finding["outcome"] == "failed" for finding in self.findings)
        if failed:
            text = f"{failed} of {len(self._checks) + 1} parts do not work here"
        elif unknown:
            text = "Not everything was tested"
        else:
            text = "Everything works"
        self.summary.setText(text)
        self._follow()

    def _show(self, place: int, title: str, outcome: str, detail: str) -> None:
        texts = {_NAME: title, _OUTCOME: _WORDS[outcome], _DETAIL: detail}
        for column, text in texts.items():
            item = QTableWidgetItem(text)
            item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
            if column == _OUTCOME:
                item.setIcon(icon(*_SIGNS[outcome]))
            self.table.setItem(place, column, item)
        self._fit(place)

    def _fit(self, row: int) -> None:
        """As high as its text, with some room."""
        self.table.setRowHeight(row, self.table.sizeHintForRow(row) + theme.MEDIUM)

    def _fit_all(self) -> None:
        for row in range(self.table.rowCount()):
            self._fit(row)

    def _follow(self) -> None:
        self.again.setVisible(self.process is None)
        self.cancel.setVisible(self.process is not None)

    def _set_up_table(self) -> None:
        set_up_table(self.table, "Self-test results")
        self.table.setSelectionMode(QTableWidget.SelectionMode.NoSelection)  # copying takes all rows
        self.table.setHorizontalHeaderLabels(["Part", "Result", "Details"])
        self.table.setWordWrap(True)
        self.table.setIconSize(QSize(16, 16))
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (_NAME, _OUTCOME):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(_DETAIL, QHeaderView.ResizeMode.Stretch)
        header.sectionResized.connect(lambda *_: self._fit_all())
        copyable(self.table, lambda: texts_of(self.table))

    def _lay_out(self) -> None:
        buttons = close_and_copy(self, self.copy)
        for button in (self.again, self.cancel):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        stack(self, self.summary, self.table, buttons)
        buttons.button(QDialogButtonBox.StandardButton.Close).setFocus()
        self.resize(760, 480)
