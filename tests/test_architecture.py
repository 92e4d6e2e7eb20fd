"""The dependency rule, and facts about the libraries that the app rests on."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "stl_tl_gui"
QT = {"PySide6", "pyqtgraph", "shiboken6"}
LIGHT = [
    "settings",
    "presets",
    "run_notes",
    "events",
    "runs",
    "errors",
    "places",
    "backbones",
    "predictions",
    "schedule",
    "drops",
    "array_cache",
    "memory",
    "range_test",
    "queue",
    "turns",
    "variants",
    "weight_store",
    "comparison",
    "processes",
]
"""Rooms of the engine that import no torch, so that the window and a login node can list runs at once."""

ORDER = [
    {"errors", "randomness", "memory", "range_test"},
    {"failures", "compiling", "processes", "turns"},
    {"places", "events", "backbones", "schedule"},
    {"settings"},
    {"presets", "run_notes", "runs", "array_cache", "variants"},
    {"queue", "downloading"},
    {"weight_store"},
    {"predictions", "data", "device", "torchvision_import"},
    {"drops", "model", "comparison", "preview", "run_data", "inspection", "additions"},
    {"arithmetic"},
    {"weights"},
    {"checkpoints"},
    {"inference", "features"},
    {"learner"},
    {"saver", "preparation", "sampling"},
    {"evaluation"},
    {"training", "learning_rate_finder", "estimate"},
    {"benchmark", "self_test"},
]
"""Inside the engine, a room imports only from rows above its own, or from its own room."""


def imports(path: Path) -> set[str]:
    """Full names of all modules that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms(path: Path, prefix: str) -> set[str]:
    return {name.removeprefix(prefix).split(".")[0] for name in imports(path) if name.startswith(prefix)}


@pytest.mark.parametrize("path", sorted((PACKAGE / "engine").rglob("*.py")), ids=str)
def test_that_the_engine_knows_neither_qt_nor_the_front_ends(path: Path) -> None:
    used = imports(path)
    assert not {name.split(".")[0] for name in used} & QT
    assert not {name for name in used if name.startswith(("stl_tl_gui.gui", "stl_tl_gui.cli", "stl_tl_gui.console"))}


@pytest.mark.parametrize("path", sorted((PACKAGE / "engine").rglob("*.py")), ids=str)
def test_that_imports_inside_the_engine_go_one_way(path: Path) -> None:
    room = path.relative_to(PACKAGE / "engine").parts[0].removesuffix(".py")
    if room == "__init__":
        return
    level = next(index for index, row in enumerate(ORDER) if room in row)
    below = set().union(*ORDER[:level]) | {room}
    used = {name for name in rooms(path, "stl_tl_gui.engine.") if (PACKAGE / "engine" / name).exists() or
            (PACKAGE / "engine" / f"{name}.py").exists()}  # fmt: skip
    assert used <= below, f"{room} imports {used - below}"


def test_that_the_front_ends_do_not_know_each_other() -> None:
    for path in (PACKAGE / "gui").rglob("*.py"):
        assert not {name for name in imports(path) if name.startswith(("stl_tl_gui.cli", "stl_tl_gui.console"))}, path
    for path in (
        PACKAGE / "cli.py",
        PACKAGE / "console.py",
        PACKAGE / "queue_commands.py",
        PACKAGE / "finder_command.py",
    ):
        assert not {name for name in imports(path) if name.startswith("stl_tl_gui.gui")}
        assert not {name.split(".")[0] for name in imports(path)} & QT


def loaded_after(code: str) -> set[str]:
    """Top-level modules that are loaded in a fresh Python after some code."""
    report = code + "; import sys; print(*{name.split('.')[0] for name in sys.modules})"
    return set(
        subprocess.run([sys.executable, "-c", report], capture_output=True, text=True, check=True).stdout.split()
    )


def test_that_the_whole_engine_loads_without_qt() -> None:
    names = [path.relative_to(PACKAGE).with_suffix("") for path in (PACKAGE / "engine").rglob("*.py")]
    code = "; ".join(f"import stl_tl_gui.{'.'.join(name.parts).removesuffix('.__init__')}" for name in sorted(names))
    assert not loaded_after(code) & QT


def test_that_the_light_rooms_and_the_command_line_load_without_torch_and_qt() -> None:
    code = "; ".join(f"import stl_tl_gui.engine.{name}" for name in LIGHT) + "; import stl_tl_gui.cli"
    assert not loaded_after(code) & (QT | {"torch", "torchvision"})


def test_that_the_window_is_painted_with_nothing_slow_to_import() -> None:
    if sys.platform == "win32":
        pytest.skip("on Windows torch must come before Qt")
    code = "import stl_tl_gui.gui.main_window, stl_tl_gui.gui.data.data_page"
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
