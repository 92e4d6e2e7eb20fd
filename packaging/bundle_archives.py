"""The finished folder as the files that people download. Equal folders give equal files."""

import gzip
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
COMMAND, TITLE = "stl-tl-gui", "STL Transfer Lab"
_EARLIEST = 315_532_800
"""1980-01-01, before which a zip knows no time."""


def kind_of_system() -> str:
    """Such as “linux-x86_64”."""
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    return f"{system}-{platform.machine().lower().replace('amd64', 'x86_64')}"


def moment() -> int:
    """The time that all files in an archive get: that of the last commit, or SOURCE_DATE_EPOCH."""
    if os.environ.get("SOURCE_DATE_EPOCH"):
        return int(os.environ["SOURCE_DATE_EPOCH"])
    asked = ["git", "log", "-1", "--format=%ct"]
    try:
        answer = subprocess.run(asked, cwd=HERE, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        answer = ""
    return int(answer) if answer.isdecimal() else _EARLIEST


def _entries(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.rglob("*"), key=lambda path: path.as_posix())


def tar(folder: Path, target: Path, name: str) -> Path:
    """A .tar.gz that unpacks to a folder of this name."""
    when = moment()

    def plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = when
        info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
        return info

    with (
        target.open("wb") as file,
        gzip.GzipFile("", "wb", 9, file, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in [folder, *_entries(folder)]:
            inside = Path(name) / path.relative_to(folder)
            archive.add(path, inside.as_posix(), recursive=False, filter=plain)
    return target


def zip_folder(folder: Path, target: Path, name: str) -> Path:
    """A .zip that unpacks to a folder of this name, for Windows, where the bundle has no links."""
    import time

    when = time.gmtime(max(moment(), _EARLIEST))[:6]
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in _entries(folder):
            if path.is_file():
                info = zipfile.ZipInfo((Path(name) / path.relative_to(folder)).as_posix(), when)
                info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                with path.open("rb") as source, archive.open(info, "w") as inside:
                    shutil.copyfileobj(source, inside, 1 << 20)
    return target


def control(version: str, glibc: str, size: int) -> str:
    """What a .deb says of itself. `size`: bytes when it is installed."""
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"""\
Package: {COMMAND}
Version: {version}
Architecture: {architecture}
Maintainer: STL Transfer Lab contributors <noreply@example.org>
Installed-Size: {size // 1024}
Depends: libc6 (>= {glibc}), libegl1, libgl1, libx11-6
Section: science
Priority: optional
Description: train picture classifiers from few examples
 A desktop app for transfer learning: choose a pretrained backbone, decide
 what to freeze, watch it learn, see what it gets wrong, and drop new pictures
 on the window to classify them. Everything it needs is included.
"""


def deb(folder: Path, target: Path, scratch: Path, version: str, glibc: str) -> Path:
    """A .deb that puts the folder into /opt and the app into every user's menu. Needs `dpkg-deb`."""
    shutil.rmtree(scratch, ignore_errors=True)
    opt, usr = scratch / "opt" / COMMAND, scratch / "usr"
    shutil.copytree(folder, opt, symlinks=True, copy_function=os.link)
    (opt / "install.sh").unlink()
    share = {f"{COMMAND}.desktop": "applications", f"{COMMAND}.xml": "mime/packages",
             f"{COMMAND}.svg": "icons/hicolor/scalable/apps"}  # fmt: skip
    for name, place in share.items():
        (usr / "share" / place).mkdir(parents=True)
        content = (opt / "share" / name).read_text("utf-8").replace("@PROGRAM@", f"/opt/{COMMAND}/{COMMAND}")
        (usr / "share" / place / name).write_text(content, "utf-8")
    shutil.rmtree(opt / "share")
    (usr / "bin").mkdir()
    (usr / "bin" / COMMAND).symlink_to(f"/opt/{COMMAND}/{COMMAND}")
    (scratch / "DEBIAN").mkdir()
    size = sum(path.stat().st_size for path in opt.rglob("*") if path.is_file() and not path.is_symlink())
    (scratch / "DEBIAN" / "control").write_text(control(version, glibc, size), "utf-8")
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(moment())}
    command = ["dpkg-deb", "--root-owner-group", "-Zxz", "-z1", "--build", str(scratch), str(target)]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
    shutil.rmtree(scratch)
    return target


def dmg(app: Path, target: Path) -> Path:
    """A disk image of the .app, on a Mac."""
    target.unlink(missing_ok=True)
    command = ["hdiutil", "create", "-volname", TITLE, "-srcfolder", str(app), "-ov", "-format", "UDZO", str(target)]
    subprocess.run(command, check=True)
    return target


def installer(folder: Path, target: Path, version: str) -> Path | None:
    """Windows' installer, where Inno Setup is; else None."""
    compiler = shutil.which("iscc")
    if compiler is None:
        return None
    script = HERE / "windows" / "stl_tl_gui.iss"
    subprocess.run(
        [compiler, "/Qp", f"/DVersion={version}", f"/DSource={folder}", f"/DOutput={target.parent}", str(script)],
        check=True,
    )
    return target


def newest_glibc(files: list[Path]) -> str:
    """The version of the GNU C library that these programs and libraries need at least, such as “2.35”."""
    found = {(2, 17)}
    for path in files:
        text = path.read_bytes()
        found |= {(int(major), int(minor)) for major, minor in re.findall(rb"GLIBC_(\d+)\.(\d+)\b", text)}
    return ".".join(map(str, max(found)))
