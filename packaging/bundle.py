#!/usr/bin/env python3
"""The app as archives for machines without Python: `python3 packaging/bootstrap.py bundle`.

It makes an environment of its own from the pinned versions, has PyInstaller collect what the app needs (what is left
out says bundle_cut), adds licenses and installers, packs, and compares the sizes with those that are kept.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import bundle_archives as archives
import bundle_sizes as sizes
import environment
from environment import ROOT, Problem, child, say

HERE = ROOT / "packaging"
BUILD = ROOT / "build"
VENV = ROOT / ".venv-bundle"
COMMAND, TITLE = archives.COMMAND, archives.TITLE
LINUX, WINDOWS, MAC = sys.platform.startswith("linux"), os.name == "nt", sys.platform == "darwin"


def version() -> str:
    """Of the app, read without importing it."""
    found = re.search(r'^__version__ = "(.+)"$', (ROOT / "stl_tl_gui" / "__init__.py").read_text("utf-8"), re.MULTILINE)
    assert found
    return found[1]


def torch_requirements(flavour: str, pins: list[str], system: str = sys.platform) -> list[str]:
    """What pip is to install for a build of torch.

    torchvision may be of any build: the parts in which they differ are cut from the bundle.
    """
    suffix = "" if system == "darwin" else "+" + environment.TORCH_TAGS[flavour]
    return [pin + (suffix if pin.startswith("torch==") else "") for pin in pins if re.match(r"torch(vision)?==", pin)]


def make_environment(flavour: str) -> None:
    """An environment for building, apart from the one that people work in, as the constraints say."""
    environment.VENV = VENV
    stamp = environment.read_stamp()
    wanted = {"place": str(VENV), "inputs": environment.fingerprint(), "torch": flavour}
    if environment.venv_is_sound(stamp) and all(stamp.get(key) == value for key, value in wanted.items()):
        return
    say(f"Making {VENV.name} ...")
    environment.make_venv()
    pins = (HERE / "constraints.txt").read_text("utf-8").splitlines()
    index = ["--extra-index-url", environment.TORCH_INDEX + environment.TORCH_TAGS[flavour]]
    environment.pip_install("--no-deps", *index, *torch_requirements(flavour, pins))
    environment.pip_install("-e", f"{ROOT}[bundle]")
    environment.write_stamp(wanted)


def require_tools() -> None:
    """On Linux: what looks into libraries, and the libraries that Qt needs, which the bundle takes along."""
    if not LINUX:
        return
    if not shutil.which("objdump") or not shutil.which("strip"):
        environment.install_system_packages("Looking into libraries needs binutils.", [("binutils",) * 3])
    environment.check_qt(["xcb"])


def freeze() -> Path:
    """PyInstaller's folder."""
    say("Collecting what the app needs (minutes) ...")
    command = [environment.venv_python(), "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR"]
    command += ["--workpath", str(BUILD / "work"), "--distpath", str(BUILD / "dist"), str(HERE / "stl_tl_gui.spec")]
    fixed = {"PYTHONHASHSEED": "1", "SOURCE_DATE_EPOCH": str(archives.moment()), "QT_QPA_PLATFORM": "offscreen"}
    if child(command, **fixed):
        raise Problem("PyInstaller failed: see its message above.")
    return BUILD / "dist" / COMMAND


def strip(folder: Path) -> int:
    """Take what only a debugger reads out of libraries, where there is any. Returns the bytes that it was.

    Libraries of wheels have none, and some would not survive it: they are not touched.
    """
    saved = 0
    for path in sorted(folder.rglob("*.so*")):
        if path.is_symlink() or not path.is_file():
            continue
        listed = subprocess.run(["objdump", "-h", str(path)], capture_output=True, text=True, check=False).stdout
        if ".debug_" in listed:
            before = path.stat().st_size
            subprocess.run(["strip", "--strip-unneeded", str(path)], check=True)
            saved += before - path.stat().st_size
    return saved


def add_papers(folder: Path, glibc: str) -> None:
    """Licenses, and what Linux needs to show the app in a menu."""
    shutil.copy(ROOT / "LICENSE", folder / ("LICENSE.txt" if WINDOWS else "LICENSE"))
    qt = "_internal/PySide6" + ("/Qt/lib" if not WINDOWS else "")
    command = [environment.venv_python(), str(HERE / "bundle_licences.py"), str(BUILD / "work" / "stl_tl_gui")]
    if child([*command, str(folder / "THIRD_PARTY_LICENSES.txt"), qt]):
        raise Problem("The licenses could not be listed: see the message above.")
    if not LINUX:
        return
    share = folder / "share"
    share.mkdir(exist_ok=True)
    for name in (f"{COMMAND}.desktop", f"{COMMAND}.xml"):
        shutil.copy(HERE / "linux" / name, share)
    shutil.copy(ROOT / "resources" / "icons" / "app.svg", share / f"{COMMAND}.svg")
    shutil.copy(HERE / "linux" / "install.sh", folder)
    text = (HERE / "linux" / "README.txt").read_text("utf-8")
    (folder / "README.txt").write_text(text.replace("@VERSION@", version()).replace("@GLIBC@", glibc), "utf-8")


def fetch_weights(names: list[str]) -> None:
    """Make sure that pretrained weights are on this computer, before the minutes that all else takes."""
    if names and child([environment.venv_python(), "-m", "stl_tl_gui", "weights", "fetch", *names]):
        raise Problem("The weights could not be downloaded: see the message above.")


def add_weights(folder: Path, names: list[str]) -> None:
    """Pretrained weights beside the program, each checked against the checksum in its name."""
    app = [environment.venv_python(), "-m", "stl_tl_gui", "weights"]
    if names and child([*app, "export", str(folder / "weights"), *names]):
        raise Problem("The weights could not be added: see the message above.")


def pack(folder: Path, flavour: str, glibc: str) -> list[Path]:
    """The archives; the first is the one that is measured and checked."""
    full = "-cuda" if flavour == "cuda" else ""
    name, target = f"{COMMAND}-{version()}-{archives.kind_of_system()}{full}", BUILD / "archives"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    say("Packing (minutes) ...")
    if WINDOWS:
        made = archives.zip_folder(folder, target / f"{name}.zip", name)
        setup = archives.installer(folder, target / f"{name}-setup.exe", version())
        return [made] + ([setup] if setup else [])
    if MAC:
        return [archives.dmg(folder, target / f"{name}.dmg")]
    made = [archives.tar(folder, target / f"{name}.tar.gz", name)]
    if shutil.which("dpkg-deb"):
        made.append(archives.deb(folder, target / f"{name}.deb", BUILD / "deb", version(), glibc))
    return made


def on_a_mac(folder: Path, names: list[str]) -> Path:
    """What the disk image holds: the .app with the papers and weights beside it."""
    image = BUILD / "image"
    shutil.rmtree(image, ignore_errors=True)
    image.mkdir()
    subprocess.run(["ditto", str(BUILD / "dist" / f"{TITLE}.app"), str(image / f"{TITLE}.app")], check=True)
    for paper in ("LICENSE", "THIRD_PARTY_LICENSES.txt"):
        shutil.copy(folder / paper, image)
    add_weights(image, names)
    return image


def compare_sizes(kind: str, folder: Path, archive: Path, accept: bool) -> int:
    """Show the table; 1 where the bundle has grown too much."""
    now = sizes.measured(folder, archive)
    say(f"What is in it:\n{sizes.shown(now)}")
    if accept:
        sizes.keep(kind, now)
        say(f"Kept in {sizes.TABLE.name}.")
        return 0
    before = sizes.kept_table().get(kind)
    if before is None:
        say(f"No known size of {kind} to compare with: --accept-sizes keeps this one.")
    problems = sizes.growth(before, now) + (sizes.too_large(now) if LINUX and kind.endswith("-cpu") else [])
    for problem in problems:
        print(f"{problem} If that is meant: --accept-sizes.", file=sys.stderr)
    return int(bool(problems))


def bundle(asked: argparse.Namespace) -> int:
    """All of it. Raises Problem."""
    make_environment(asked.torch)
    require_tools()
    fetch_weights(asked.with_weights)
    folder = freeze()
    glibc = ""
    if LINUX:
        say(f"Removed {sizes.megabytes(strip(folder))} of debug symbols.")
        glibc = archives.newest_glibc([path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()])
    add_papers(folder, glibc)
    if MAC:
        made = pack(on_a_mac(folder, asked.with_weights), asked.torch, glibc)
    else:
        add_weights(folder, asked.with_weights)
        made = pack(folder, asked.torch, glibc)
    for path in made:
        say(f"{path.relative_to(ROOT)}: {sizes.megabytes(path.stat().st_size)}")
    if asked.with_weights:  # makes the archive larger than those that are compared
        return checked(made[0], asked)
    kind = f"{archives.kind_of_system()}-{asked.torch}"
    return compare_sizes(kind, folder, made[0], asked.accept_sizes) or checked(made[0], asked)


def checked(archive: Path, asked: argparse.Namespace) -> int:
    """0, or what the check of the archive ends with, where one was asked for."""
    if not asked.check:
        return 0
    import bundle_check

    return bundle_check.check(archive, BUILD / "check")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bootstrap.py bundle", description=__doc__, allow_abbrev=False)
    parser.add_argument("--torch", choices=environment.TORCH_TAGS, default="cpu", help="the PyTorch build")
    parser.add_argument("--with-weights", nargs="+", default=[], metavar="BACKBONE", help="pretrained weights to add")
    parser.add_argument("--accept-sizes", action="store_true", help=f"renew {sizes.TABLE.name}")
    parser.add_argument("--check", action="store_true", help="then unpack the archive elsewhere and try everything")
    parser.add_argument("--check-only", type=Path, metavar="ARCHIVE", help="build nothing, check this archive")
    asked = parser.parse_args(arguments)
    if asked.check_only:
        asked.check = True
        environment.VENV = VENV
        return environment.exit_code(lambda: checked(asked.check_only.absolute(), asked))
    return environment.exit_code(lambda: bundle(asked))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
