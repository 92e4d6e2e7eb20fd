"""The environment in .venv: made, filled, checked; and the system libraries that Qt needs.

Shared by bootstrap.py and bundle.py. Like bootstrap.py, it must parse on older Pythons.
"""

import ctypes
import hashlib
import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch_build
from pip_words import PIP_FAILURES, pip_progress
from torch_build import TORCH_INDEX, TORCH_TAGS

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = "bootstrap.json"
# What Qt loads from the system: library -> its package for apt-get, dnf, pacman. Those that these bring are left out.
QT_LIBRARIES = {
    "libEGL.so.1": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL.so.1": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libX11.so.6": ("libx11-6", "libX11", "libx11"),
    "libxkbcommon.so.0": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libdbus-1.so.3": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig.so.1": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libglib-2.0.so.0": ("libglib2.0-0", "glib2", "glib2"),
}
PLUGIN_LIBRARIES = {
    "xcb": {
        "libxcb-cursor.so.0": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
        "libxcb-icccm.so.4": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
        "libxcb-keysyms.so.1": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
        "libxcb-shape.so.0": ("libxcb-shape0", "libxcb", "libxcb"),
        "libxkbcommon-x11.so.0": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    },
    "wayland": {
        "libwayland-client.so.0": ("libwayland-client0", "libwayland-client", "wayland"),
        "libwayland-cursor.so.0": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    },
}
PACKAGE_TOOLS = {
    "apt-get": "sudo apt-get update && sudo apt-get install -y --no-install-recommends",
    "dnf": "sudo dnf install -y",
    "pacman": "sudo pacman -S --needed",
}
# Fails unless Qt imports and one of the named platform plugins loads: then a window can open.
QT_PROBE = """
import ctypes, glob, sys
from PySide6 import QtCore, QtGui, QtWidgets
errors = []
folder = QtCore.QLibraryInfo.path(QtCore.QLibraryInfo.LibraryPath.PluginsPath)
for name in sys.argv[1:]:
    try:
        ctypes.CDLL(glob.glob(f"{folder}/platforms/libq{name}.so")[0])
        break
    except (OSError, IndexError) as error:
        errors.append(f"Qt's {name} plugin: {error}")
else:
    sys.exit("; ".join(errors))
"""
HAS_TORCH = "from importlib.metadata import version; version('torch')"
AS_TEXT = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "backslashreplace"}


class Problem(Exception):
    """What went wrong and what to do, in words for the user."""


def say(text: str) -> None:
    print(text, flush=True)


def exit_code(act: "Callable[[], int]") -> int:
    """What a command ends with: its own code, 1 after a Problem in a sentence, 130 after Ctrl+C."""
    try:
        return act()
    except (Problem, OSError, subprocess.CalledProcessError) as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("\nStopped.")
        return 130


def child(command: "list[str]", **environment: str) -> int:
    """Run in sight and wait. Ctrl+C and SIGTERM are the child's to answer: a training saves first."""
    process = subprocess.Popen(command, env=dict(os.environ, **environment))

    def end(*_: object) -> None:
        process.terminate()
        raise KeyboardInterrupt

    previous, interrupted = signal.signal(signal.SIGTERM, end), False
    while process.poll() is None:
        try:
            process.wait()
        except KeyboardInterrupt:
            interrupted = True
    signal.signal(signal.SIGTERM, previous)
    if interrupted:
        raise KeyboardInterrupt
    return process.returncode


def listen(command: "list[str]") -> "tuple[int, str]":
    """Run out of sight: exit code and output."""
    try:
        ended = subprocess.run(command, **AS_TEXT)
    except OSError as error:
        return 127, str(error)
    return ended.returncode, ended.stdout.strip()


def venv_python() -> str:
    return str(VENV / "Scripts" / "python.exe" if os.name == "nt" else VENV / "bin" / "python")


def read_stamp() -> "dict[str, Any]":
    """What the last complete installation was made from; empty if there is none."""
    try:
        return dict(json.loads((VENV / STAMP).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def write_stamp(stamp: "dict[str, Any]") -> None:
    fresh = VENV / (STAMP + ".new")
    fresh.write_text(json.dumps(stamp), encoding="utf-8")
    fresh.replace(VENV / STAMP)


def fingerprint() -> str:
    """Of everything that decides what gets installed, but for the extra and the torch build."""
    parts = [(ROOT / name).read_bytes() for name in ("pyproject.toml", "packaging/constraints.txt")]
    return hashlib.sha256(b"\0".join([*parts, sys.version.encode()])).hexdigest()


def venv_is_sound(stamp: "dict[str, Any]") -> bool:
    """Whether .venv starts, was made for this folder with this Python, and has pip."""
    code, answer = listen([venv_python(), "-I", "-c", "import pip, sys; print(sys.prefix, *sys.version_info[:2])"])
    expected = " {} {}".format(*sys.version_info[:2])
    if code or not answer.endswith(expected) or stamp.get("place", str(VENV)) != str(VENV):
        return False
    return Path(answer.splitlines()[-1][: -len(expected)]).resolve() == VENV.resolve()


def make_venv() -> None:
    """A new .venv in place of whatever is there."""
    if VENV.is_symlink() or VENV.is_file():
        VENV.unlink()
    elif VENV.exists():
        say("The environment in .venv cannot be used here (moved, broken, or for another Python). Creating it again.")
        shutil.rmtree(str(VENV))
    if not importlib.util.find_spec("ensurepip"):
        package = ("python{}.{}-venv".format(*sys.version_info[:2]), "python3", "python")
        install_system_packages("This Python lacks its venv and ensurepip modules.", [package])
    code, output = listen([getattr(sys, "_base_executable", "") or sys.executable, "-m", "venv", str(VENV)])
    if code:
        raise Problem(f"{output}\nPython could not create the environment {VENV}: see its message above.")


def pip_install(*arguments: str) -> None:
    command = [venv_python(), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "-c", str(ROOT / "packaging" / "constraints.txt"), *arguments]
    lines, shown = [], ""
    # PIP_USER, set on some shared machines, would install outside of the environment
    with subprocess.Popen(command, env=dict(os.environ, PIP_USER="0"), **AS_TEXT) as process:
        for line in process.stdout or ():
            lines.append(line.strip())
            progress = pip_progress(lines[-1])
            if progress and progress != shown:
                say("  " + progress)
                shown = progress
    if process.returncode:
        output = "\n".join(lines)
        say("\n".join([line for line in lines if line.startswith("ERROR")][-3:] or lines[-5:]))
        sentence = next(sentence for pattern, sentence in PIP_FAILURES.items() if re.search(pattern, output))
        raise Problem(sentence.format(sys.version.split()[0]))


def install_torch(flavour: str) -> None:
    """torch and torchvision from PyTorch's own index. Their other requirements come from PyPI, in the next call."""
    if sys.platform == "darwin" and flavour == "cuda":
        raise Problem("Macs have no CUDA. Run the command without --torch; PyTorch uses Apple's GPU by itself.")
    wanted = torch_build.requirements(flavour, ROOT / "packaging" / "constraints.txt")
    pip_install("--no-deps", "--index-url", TORCH_INDEX + TORCH_TAGS[flavour], *wanted)


def install_default_torch() -> str:
    """Where nobody chose a build: the one for the CPU if there is no use for another, else none yet. Returns which."""
    flavour, sentence = torch_build.default(listen([venv_python(), "-m", "pip", "config", "list"])[1])
    say(sentence)
    try:
        if flavour:
            install_torch(flavour)
    except Problem:
        say("That did not work. Using pip's choice.")
        return ""
    return flavour


def install(more: "set[str]", torch: str = "") -> None:
    """Make .venv hold the project. What an earlier call asked for (the test tools, a torch build) is kept."""
    stamp = read_stamp()
    extras = sorted({*stamp.get("extras", []), *more} - {""})
    torch = torch or stamp.get("torch", "")
    wanted = {"place": str(VENV), "inputs": fingerprint(), "extras": extras, "torch": torch}
    sound = venv_is_sound(stamp)
    if sound and all(stamp.get(key) == value for key, value in wanted.items()):
        return
    if not sound:
        make_venv()
    elif stamp:
        (VENV / STAMP).unlink()
    say("Updating .venv ..." if sound and stamp else "Installing into .venv (first run only, takes a few minutes) ...")
    if torch:
        install_torch(torch)
    elif not sound or listen([venv_python(), "-I", "-c", HAS_TORCH])[0]:
        wanted["torch"] = install_default_torch()
    pip_install("-e", str(ROOT) + ("[{}]".format(",".join(extras)) if extras else ""))
    write_stamp(wanted)


def display_plugins() -> "list[str]":
    """Qt's platform plugins that could show a window here; none without a display."""
    if sys.platform == "darwin":
        return ["cocoa"]
    if os.name == "nt":
        return ["windows"]
    variables = {"wayland": "WAYLAND_DISPLAY", "xcb": "DISPLAY"}
    return [plugin for plugin, variable in variables.items() if os.environ.get(variable)]


def display_obstacle(plugins: "list[str]") -> str:
    """Why no window can open. DISPLAY outlives many an ssh connection, and Qt aborts where no X server answers."""
    if not plugins:
        return "There is no display here (no DISPLAY, no WAYLAND_DISPLAY)"
    if plugins != ["xcb"]:
        return ""
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return ""  # unknown: the check of Qt's libraries comes next
    x11.XOpenDisplay.restype = ctypes.c_void_p
    display = x11.XOpenDisplay(None)
    if not display:
        return "The display {DISPLAY} does not answer".format(**os.environ)
    x11.XCloseDisplay(ctypes.c_void_p(display))
    return ""


def missing_libraries(plugins: "list[str]") -> "dict[str, tuple[str, str, str]]":
    """Those of the last plugin and of Qt itself that do not load, with their packages."""
    missing = {}
    for name, packages in {**QT_LIBRARIES, **PLUGIN_LIBRARIES.get("".join(plugins[-1:]), {})}.items():
        try:
            ctypes.CDLL(name)
        except OSError:
            missing[name] = packages
    return missing


def install_system_packages(reason: str, packages: "list[tuple[str, str, str]]") -> None:
    """Install where we may; otherwise say the exact command. Each package goes by its three names, one per tool."""
    column, tool = next(((n, tool) for n, tool in enumerate(PACKAGE_TOOLS) if shutil.which(tool)), (0, ""))
    if not tool:
        raise Problem(reason + " Install them with your system's packages and run the same command again.")
    names = sorted({package[column] for package in packages})
    if tool == "apt-get" and os.geteuid() == 0:
        say(f"{reason} Installing {' '.join(names)} ...")
        quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        listen([*quiet, "update"])
        code, output = listen([*quiet, "install", "-y", "--no-install-recommends", *names])
        if not code:
            return
        reason += "\n" + "\n".join(output.splitlines()[-3:])
    command = " ".join([PACKAGE_TOOLS[tool], *names])
    raise Problem(f"{reason}\nInstall them with this command, then run the first command again:\n  {command}")


def check_qt(plugins: "list[str]") -> None:
    """Make sure that Qt loads: its modules, and one of the plugins if a window is to open."""
    if os.name == "nt" or sys.platform == "darwin":
        return  # the wheels bring everything there
    stamp = read_stamp()
    checked = stamp.get("qt", [])
    key = " ".join(plugins)
    if key in checked or (checked and not key):
        return
    probe = [venv_python(), "-c", QT_PROBE, *(plugins or ["offscreen"])]
    code, output = listen(probe)
    missing = missing_libraries(plugins) if code else {}
    if missing:
        reason = f"Qt, which draws the window, needs missing system libraries: {', '.join(missing)}."
        install_system_packages(reason, list(missing.values()))
        code, output = listen(probe)
    if code:
        raise Problem(f"Qt, which draws the window, does not load: {output.splitlines()[-1] if output else code}")
    write_stamp(dict(stamp, qt=[*checked, key]))
