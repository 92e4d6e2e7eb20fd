"""Background: hides the window while training continues, and notifies the user when it ends."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget


class Background(QObject):
    """A tray icon while the window is hidden; where there is no tray, the window is minimized."""

    stop_wanted = Signal()
    """Stop and save, chosen in the tray."""
    quit_wanted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)
        self._tray: QSystemTrayIcon | None = None

    @property
    def tray(self) -> QSystemTrayIcon | None:
        """The tray icon, made when first needed; None where the system has no tray."""
        if self._tray is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._tray = self._make_tray()
        return self._tray

    def hide_window(self) -> None:
        """Hide the window; training continues."""
        if self.tray is None:
            self._window.showMinimized()
            return
        self.tray.show()
        self._window.hide()
        self.tray.showMessage(
            QApplication.applicationName(),
            "Training continues. Click to see it.",
            self._window.windowIcon(),
        )

    def show_window(self) -> None:
        """Bring the window to the front."""
        self._window.setWindowState(self._window.windowState() & ~Qt.WindowState.WindowMinimized)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        if self._tray is not None:
            self._tray.hide()

    def notify(self, title: str, text: str) -> None:
        """Notify a user who is looking elsewhere: by the tray, and by the window's entry in the task bar."""
        QApplication.alert(self._window)
        if self.tray is not None:
            self.tray.show()
            self.tray.showMessage(title, text, self._window.windowIcon())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Remove the icon when the user looks at the window."""
        if event.type() == QEvent.Type.WindowActivate and self._tray is not None:
            self._tray.hide()
        return False

    def _make_tray(self) -> QSystemTrayIcon:
        tray = QSystemTrayIcon(self._window.windowIcon(), self)
        tray.setToolTip(QApplication.applicationName())
        menu = QMenu(self._window)
        menu.addAction("Show window", self.show_window)
        menu.addAction("Stop and save", self.stop_wanted.emit)
        menu.addSeparator()
        menu.addAction("Quit", self.quit_wanted.emit)
        tray.setContextMenu(menu)
        tray.activated.connect(self._activated)
        tray.messageClicked.connect(self.show_window)
        return tray

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason != QSystemTrayIcon.ActivationReason.Context:
            self.show_window()
