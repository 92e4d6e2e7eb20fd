"""Whether a bundle works where it will be used: moved, with no Python, an empty home and no network.

The archive is unpacked into a folder whose name has spaces and letters of several alphabets. There the command line is
used, and on Linux the window is opened on a screen of its own (Xvfb), steered by keys, and watched while it trains.
"""

import json
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import environment
from bundle_place import COMMAND, LINUX, Failed, Place
from environment import say

ODD_NAME = "a lab's folder für Prüfungen 実験室"
SLOWEST_START = 1.5
"""Seconds from the start of the process to the painted window, at most, when its files have been read before."""
_SCREEN_TOOLS = [("xvfb", "xorg-x11-server-Xvfb", "xorg-server-xvfb"), ("xdotool",) * 3]


def check(archive: Path, pictures: Path) -> int:
    """Try everything and say a line each; 0 if all went well. The window's pictures are saved into a folder."""
    pictures.mkdir(parents=True, exist_ok=True)
    if LINUX and not all(map(shutil.which, ("Xvfb", "xdotool"))):
        environment.install_system_packages("Looking at the window needs Xvfb and xdotool.", _SCREEN_TOOLS)
    with tempfile.TemporaryDirectory() as scratch:
        place = unpack(archive, Path(scratch))
        offline = "without a network" if place.prefix else "with this machine's network: it cannot be taken away here"
        say(f"Checking {archive.name} in “{place.folder.name}”, {offline} ...")
        failed = 0
        for title, step in steps(place, pictures):
            started = time.perf_counter()
            try:
                told = step()
            except (Failed, OSError, subprocess.TimeoutExpired, ValueError, KeyError) as error:
                failed += 1
                told = f"FAILED: {error}"
            say(f"  {title}: {told} ({time.perf_counter() - started:.1f} s)")
    say("Everything works." if not failed else f"{failed} of these failed.")
    return int(bool(failed))


def unpack(archive: Path, scratch: Path) -> Place:
    """The bundle as someone has it who unpacked it and then moved the folder."""
    if archive.suffix == ".dmg":
        folder = _copy_of_image(archive, scratch)
    elif archive.suffix == ".zip":
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(scratch / "first")
        folder = next((scratch / "first").iterdir())
    else:
        with tarfile.open(archive) as opened:
            opened.extraction_filter = getattr(tarfile, "data_filter", None)  # since Python 3.11.4
            opened.extractall(scratch / "first")
        folder = next((scratch / "first").iterdir())
    moved = folder.rename(scratch / ODD_NAME)
    home = scratch / "home"
    home.mkdir()
    return Place(moved, home, _no_network())


def _copy_of_image(archive: Path, scratch: Path) -> Path:
    mounted, folder = scratch / "mounted", scratch / "first"
    attach = ["hdiutil", "attach", "-nobrowse", "-readonly", "-mountpoint", str(mounted), str(archive)]
    subprocess.run(attach, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["ditto", str(mounted), str(folder)], check=True)
    subprocess.run(["hdiutil", "detach", str(mounted)], check=True, stdout=subprocess.DEVNULL)
    return folder


def _no_network() -> list[str]:
    """A command that runs another one without a network, as root and as a user; empty where that is not possible."""
    unshare = shutil.which("unshare")
    for flags in ("-n", "-rn"):
        if unshare and not subprocess.run([unshare, flags, "true"], capture_output=True, check=False).returncode:
            return [unshare, flags]
    return []


Step = Callable[[], str]


def steps(place: Place, pictures: Path) -> Iterator[tuple[str, Step]]:
    """What is tried, in order: a title, and what does it and tells of it or raises Failed."""
    run = place.home / "a run"
    yield "version", lambda: succeed(place, "--version").strip()
    if LINUX:
        yield "libraries", lambda: missing_libraries(place)
    if "self-test" in place.run("--help").stdout:
        yield "self-test", lambda: tested(place)
    yield "train", lambda: train(place, run)
    yield "evaluate", lambda: f"accuracy {json.loads(succeed(place, 'evaluate', str(run), '--json'))['accuracy']:.2f}"
    yield "predict", lambda: predict(place, run)
    yield "weights", lambda: weights(place)
    yield "window, offscreen", lambda: started(place, QT_QPA_PLATFORM="offscreen")
    if LINUX:
        yield "installation", lambda: installed(place)
        yield "window", lambda: in_window(place, run, pictures)


def succeed(place: Place, *arguments: str, **more: str) -> str:
    """What a command printed. Raises Failed where it did not end well or complained of Python's kind."""
    done = place.run(*arguments, **more)
    said = done.stderr.strip()
    if done.returncode or "Traceback" in said or "Warning:" in said:
        raise Failed(f"{' '.join(arguments)} ended with {done.returncode}: {said or done.stdout.strip()}")
    return done.stdout


def tested(place: Place) -> str:
    """What the app finds when it tests itself: how many parts work, and which were skipped."""
    findings = succeed(place, "self-test", QT_QPA_PLATFORM="offscreen").splitlines()
    skipped = [line.removeprefix("skipped").strip() for line in findings if line.startswith("skipped")]
    passed = sum(line.startswith("passed") for line in findings)
    return f"{passed} parts passed" + "".join(f"; skipped {line}" for line in skipped)


def missing_libraries(place: Place) -> str:
    """Raises Failed where a library of the bundle needs another that neither the bundle nor any desktop has."""
    inside = place.folder / "_internal"
    loaded = {path.name for path in inside.rglob("*.so*")}
    needed: dict[str, str] = {}
    import bundle_cut

    for path in inside.rglob("*.so*"):
        if path.is_file() and not path.is_symlink():
            needed |= dict.fromkeys(bundle_cut.linked_libraries(str(path)), path.name)
    missing = {name: user for name, user in needed.items() if name not in loaded | OF_THE_SYSTEM}
    if missing:
        raise Failed(", ".join(f"{name} (for {user})" for name, user in missing.items()))
    return f"{len(needed)} are all there"


OF_THE_SYSTEM = {
    "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1", "libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0",
    "librt.so.1", "libutil.so.1", "libresolv.so.2", "libEGL.so.1", "libGL.so.1", "libGLX.so.0", "libOpenGL.so.0",
    "libGLESv2.so.2", "libX11.so.6", "libxcb.so.1", "libwayland-client.so.0", "libwayland-cursor.so.0",
    "libwayland-egl.so.1", "libdrm.so.2", "libgbm.so.1",
}  # fmt: skip
"""What every Linux with a desktop has, and what must be of the same make as its graphics driver."""


def train(place: Place, run: Path) -> str:
    """Two epochs on the drawn sample, from the weights that come with the app."""
    succeed(place, "train", "--data", "sample", "--epochs", "2", "--run", str(run))
    missing = [name for name in ("best.pt", "last.pt", "predictions.csv") if not (run / name).is_file()]
    if missing:
        raise Failed(f"the run lacks {', '.join(missing)}")
    return "2 epochs"


def predict(place: Place, run: Path) -> str:
    """Pictures of several formats, under names with odd letters; drawn by the interpreter of the build."""
    draw = "import sys; from PIL import Image; [Image.new('RGB', (90, 60), 'teal').save(name) for name in sys.argv[1:]]"
    names = [str(place.home / f"Bild ü {suffix}.{suffix}") for suffix in ("png", "jpg", "webp", "tiff", "bmp", "gif")]
    subprocess.run([environment.venv_python(), "-c", draw, *names], check=True)
    results = json.loads(succeed(place, "predict", str(run / "best.pt"), *names, "--json"))
    unread = [result["path"] for result in results if "error" in result]
    if unread or len(results) != len(names):
        raise Failed(f"not read: {', '.join(unread)}")
    return f"{len(results)} kinds of pictures"


def weights(place: Place) -> str:
    """The included file is in the bundle, and another is found in the folder beside the program."""
    rows = json.loads(succeed(place, "weights", "list", "--json"))
    inside = [row["path"] for row in rows if row["place"] == "included"]
    if len(inside) != 1 or not Path(inside[0]).resolve().is_relative_to(place.folder.resolve()):
        raise Failed(f"the included weights are not in the bundle: {inside}")
    beside = place.program.parent if sys.platform != "darwin" else place.folder
    folder = beside / "weights"
    folder.mkdir(exist_ok=True)
    file = folder / rows[-1]["file"]
    fake = not file.exists()
    if fake:
        file.write_bytes(b"")
    found = json.loads(succeed(place, "weights", "list", "--json"))[-1]["path"]
    if fake:
        file.unlink()
    if found is None or not Path(found).parent.samefile(folder):
        raise Failed(f"found at {found}, not beside the program")
    return "found in the bundle and beside the program"


def started(place: Place, **more: str) -> str:
    """The median of five starts of a process until its window is painted and it has ended, after two to warm up."""
    seconds = []
    for _ in range(7):
        begun = time.perf_counter()
        succeed(place, STL_TL_GUI_UNTIL="painted", **more)
        seconds.append(time.perf_counter() - begun)
    median = statistics.median(seconds[2:])
    if median > SLOWEST_START:
        raise Failed(f"painted after {median:.2f} s; at most {SLOWEST_START} s")
    return f"painted after {median:.2f} s, the first time after {seconds[0]:.2f} s"


def installed(place: Place) -> str:
    """The user's own installation: in the menu, in the folder of commands, and gone again."""
    with tempfile.TemporaryDirectory() as home:
        clean = {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        script = str(place.folder / "install.sh")
        command = Path(home) / ".local" / "bin" / COMMAND
        for flags in (["--in-place"], []):
            subprocess.run(["/bin/sh", script, *flags], env=clean, check=True, stdout=subprocess.DEVNULL)
            told = subprocess.run([str(command), "--version"], env=clean, capture_output=True, text=True, check=True)
            if not told.stdout.startswith(COMMAND):
                raise Failed(f"{command} says “{told.stdout}”")
        subprocess.run(["/bin/sh", script, "--uninstall"], env=clean, check=True, stdout=subprocess.DEVNULL)
        left = [str(path) for path in Path(home).rglob("*") if COMMAND in path.name]
        if left:
            raise Failed(f"left behind: {', '.join(left)}")
    return "in place, copied, and taken away"


def in_window(place: Place, run: Path, pictures: Path) -> str:
    """Start-up on a screen, a checkpoint opened with the window, and a training from its menu."""
    import bundle_window

    with bundle_window.screen() as display:
        told = started(place, DISPLAY=display)
        watched = bundle_window.train_in_window(place, run, display, pictures)
    return f"{told}; {watched}"
