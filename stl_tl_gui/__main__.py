"""The program: without arguments or with files to open the window, else the command line.

Also where the frozen app starts.
"""

import multiprocessing
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from stl_tl_gui import __version__
from stl_tl_gui.engine.machine.memory import keep_freed_memory

_NO_WINDOW = "Start it where there is a screen, or use the command line: see “stl-tl-gui --help”."


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program with these arguments, or those it was started with. Returns the exit status."""
    multiprocessing.freeze_support()  # workers of a frozen app start here too
    _keep_libraries_from_others()
    keep_freed_memory()
    arguments = list(sys.argv[1:] if argv is None else argv)
    if all(map(_is_path, arguments)):
        return _open_window([Path(argument) for argument in arguments])
    if arguments == ["--version"]:
        sys.stdout.write(f"stl-tl-gui {__version__}\n")
        return 0
    from stl_tl_gui.cli.main import main as command_line

    return command_line(arguments)


def _keep_libraries_from_others() -> None:
    """Let programs that a packaged app starts, such as a file manager, load the system's libraries, not the app's.

    The app itself no longer needs these variables: they are read when a process starts.
    """
    if not getattr(sys, "frozen", False):
        return
    for name in ("LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH"):
        os.environ.pop(name, None)
        if before := os.environ.pop(f"{name}_ORIG", ""):
            os.environ[name] = before


def _is_path(argument: str) -> bool:
    """Whether a file manager could have written this: a path, with a folder in it, that exists.

    A bare name is a command, even where a folder has that name.
    """
    return Path(argument).name != argument and Path(argument).exists()


def _open_window(paths: list[Path]) -> int:
    if _no_display():
        return _complain(f"No screen to open a window on. {_NO_WINDOW}")
    try:
        from stl_tl_gui.gui.app import main as window
    except ImportError as error:
        if not any(sign in str(error) for sign in ("PySide6", "shared object", "DLL load failed")):
            raise  # a bug of ours
        return _complain(f"The window cannot open, as Qt cannot be loaded ({error}). {_NO_WINDOW}")
    return window(paths)


def _no_display() -> bool:
    """Whether Qt would abort because there is no screen. On Windows and macOS there always is one."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return False
    if os.environ.get("WAYLAND_DISPLAY"):
        return False
    display = os.environ.get("DISPLAY", "")
    return not display or (display.startswith(":") and not _answers(display[1:].split(".")[0]))


def _answers(number: str) -> bool:
    """Whether an X server on this machine takes connections, on its file or on Linux's abstract socket."""
    path = f"/tmp/.X11-unix/X{number}"
    for address in (path, "\0" + path):
        with socket.socket(socket.AF_UNIX) as connection:
            if connection.connect_ex(address) == 0:
                return True
    return False


def _complain(sentence: str) -> int:
    if sys.stderr is not None:
        sys.stderr.write(sentence + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
