"""The dependency rule, and facts about the libraries that the app rests on."""

import ast
import re
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "stl_tl_gui"
QT = {"PySide6", "pyqtgraph", "shiboken6"}
FLOORS = {
    "": ["engine", "words", "cli gui", "__main__"],
    "engine": [
        "errors events",
        "storage machine",
        "settings downloading",
        "data",
        "runs models",
        "arithmetic",
        "evaluation",
        "training",
        "queue benchmark self_test",
        "comparison",
    ],
    "gui": [
        "background",
        "widgets",
        "plots",
        "capture label queue weights",
        "data runs",
        "train",
        "classify evaluate home",
        "compare",
        "window",
        "app",
    ],
}
"""The rooms of a house, the lowest floor first: a room imports from itself and from lower floors only."""

LIGHT = ("engine/settings", "engine/runs", "engine/queue", "engine/storage", "words", "cli")
"""Rooms that import no torch, so that the window and a login node can list runs at once."""

SOURCES = sorted(PACKAGE.rglob("*.py"))


def module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module(path): path for path in SOURCES}


def imports(path: Path) -> set[str]:
    """Full names of all modules that a file imports, wherever in the file; annotations count."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path}: relative import"
            assert node.level == 0, f"{path}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if name in MODULES else node.module for name in names}
    return found


def room(name: str, house: str) -> str | None:
    """The room of a house ("" for the package itself) in which a module is; None if it is in none."""
    prefix = ".".join(filter(None, ("stl_tl_gui", house))) + "."
    return name.removeprefix(prefix).partition(".")[0] if name.startswith(prefix) else None


@pytest.mark.parametrize("house", FLOORS)
def test_that_imports_go_down_only(house: str) -> None:
    floors = {name: level for level, row in enumerate(FLOORS[house]) for name in row.split()}
    wrong = []
    for name, path in MODULES.items():
        here = room(name, house)
        if here is None:
            continue
        assert here in floors, f"{path} is in a room that has no floor: {here}"
        for other in filter(None, (room(used, house) for used in imports(path))):
            if other != here and floors.get(other, -1) >= floors[here]:
                wrong.append(f"{name} imports from {other}")
    assert not wrong, "\n".join(wrong)


def test_that_every_room_of_the_table_is_there() -> None:
    """Every room of the table is really there, so that the table cannot rot."""
    for house, rows in FLOORS.items():
        for name in " ".join(rows).split():
            assert (PACKAGE / house / name).is_dir() or (PACKAGE / house / f"{name}.py").is_file(), f"{house}/{name}"


def test_that_no_imports_go_in_a_circle() -> None:
    graph = {name: imports(path) & set(MODULES) - {name} for name, path in MODULES.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle: " + " -> ".join(error.args[1]))


@pytest.mark.parametrize("house", ["engine", "words", "cli"])
def test_that_only_the_window_knows_qt(house: str) -> None:
    for path in (PACKAGE / house).rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & QT, path


def loaded_after(code: str) -> set[str]:
    """Top-level modules that are loaded in a fresh Python after some code."""
    report = code + "; import sys; print(*{name.split('.')[0] for name in sys.modules})"
    return set(
        subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout.split()
    )


def importing(*folders: str) -> str:
    names = (module(path) for folder in folders for path in sorted((PACKAGE / folder).rglob("*.py")))
    return "; ".join(f"import {name}" for name in names)


def test_that_the_whole_engine_loads_without_qt() -> None:
    assert not loaded_after(importing("engine")) & QT


def test_that_the_light_rooms_and_the_command_line_load_without_torch_and_qt() -> None:
    assert not loaded_after(importing(*LIGHT)) & (QT | {"torch", "torchvision"})


def test_that_the_window_is_painted_with_nothing_slow_to_import() -> None:
    if sys.platform == "win32":
        pytest.skip("on Windows torch must come before Qt")
    code = "import stl_tl_gui.gui.window.main_window, stl_tl_gui.gui.data.data_page"
    assert not loaded_after(code) & {"torch", "pyqtgraph", "numpy", "PIL", "pydantic"}


def test_that_this_pyside_survives_many_calls_that_return_nothing() -> None:
    """PySide6 6.12.0 on Python 3.11 dies after some 5,000: every call gives back a reference to None too many."""
    code = (
        "from PySide6.QtCore import QObject; o = QObject()\n"
        "for _ in range(20_000): o.setObjectName('x'); o.blockSignals(False); o.setParent(None)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


FRONT = [*sorted((PACKAGE / "gui").rglob("*.py")), *sorted(Path(__file__).parent.rglob("*.py"))]


def takes_properties(trees: list[ast.Module]) -> set[str]:
    """Names of classes whose constructor is Qt's: those imported from Qt, and ours made from them without their own."""
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = [node for node in nodes if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in QT]
    known = {alias.asname or alias.name for node in imported for alias in node.names}
    ours = [node for node in nodes if isinstance(node, ast.ClassDef)]
    ours = [node for node in ours if "__init__" not in {getattr(each, "name", "") for each in node.body}]
    for _ in ours:
        before = len(known)
        known |= {node.name for node in ours if known & {ast.unparse(base).split("[")[0] for base in node.bases}}
        if len(known) == before:
            break
    return known


def properties_with_i(tree: ast.Module, known: set[str]) -> list[str]:
    """Keywords with a first letter i where an object of Qt is made: [QtCore.]QTimer(...), super().__init__(...)."""
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = ast.unparse(call.func)
        if name in known or name == "super().__init__" or re.search(r"(^|\.)Q[A-Z]\w*(\.__init__)?$", name):
            words = [word.arg for word in call.keywords if (word.arg or "").startswith(("i", "I"))]
            found += [f"line {call.lineno}: {word}" for word in words]
    return found


def test_that_no_property_beginning_with_i_is_named_where_an_object_of_qt_is_made() -> None:
    """In Turkish and Azerbaijani locales PySide looks for “setİnterval” then, and finds none: call the setter."""
    trees = {path: ast.parse(path.read_text("utf-8")) for path in FRONT}
    known = takes_properties(list(trees.values()))
    found = {str(path): properties_with_i(tree, known) for path, tree in trees.items()}
    assert {path: named for path, named in found.items() if named} == {}


@pytest.mark.parametrize("call", ["C.QTimer(i=1)", "T(None, i=1)", "U(i=1)", "V(I=1)", "super().__init__(i=1)"])
def test_that_such_a_property_is_found_by_any_name_of_the_class(call: str) -> None:
    text = f"from PySide6.QtCore import QTimer as T\nclass V(U): pass\nclass U(T): pass\n{call}"
    tree = ast.parse(text)
    assert len(properties_with_i(tree, takes_properties([tree]))) == 1


@pytest.mark.parametrize("call", ["T.of(i=1)", "Queue(i=1)", "W(i=1)", "T(singleShot=True)"])
def test_that_other_keywords_are_not_found(call: str) -> None:
    text = f"from PySide6.QtCore import QTimer as T\nclass W(T):\n    def __init__(self, i): pass\n{call}"
    tree = ast.parse(text)
    assert properties_with_i(tree, takes_properties([tree])) == []
