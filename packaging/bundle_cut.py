"""What of the installed packages goes into the bundle: names of files and modules in, yes or no out.

The spec asks this of everything that PyInstaller found. Names are paths inside the bundle's folder, with `/`.
"""

import re
import subprocess
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

QT_LIBRARIES = {"Core", "DBus", "Gui", "Svg", "WaylandClient", "Widgets", "WlShellIntegration", "XcbQpa"}
"""Of Qt's own libraries those that the window and the plugins below are linked with."""
QT_LIBRARIES |= {"OpenGL", "OpenGLWidgets"}  # pyqtgraph imports them; nothing is drawn with them

QT_PLUGINS = {
    "platforms": {"xcb", "wayland", "offscreen", "windows", "cocoa"},
    "platformthemes": {"xdgdesktopportal"},
    "platforminputcontexts": {"composeplatforminputcontext", "ibusplatforminputcontext"},
    "wayland-decoration-client": {"adwaita", "bradient"},
    "wayland-shell-integration": {"xdg-shell"},
    "iconengines": {"svgicon"},
    "imageformats": {"gif", "ico", "icns", "jpeg", "svg", "webp"},
    "styles": {"modernwindowsstyle", "windowsvistastyle", "macstyle"},
}
"""Folder -> plugins. A window needs one of the platforms; `offscreen` is for tests and machines without a screen."""

_NEVER = re.compile(
    r"""
    \.(a|lib|h|hpp|cuh|c|cpp|cu|pyi|pyx|pxd|cmake|thrift|jinja|ld|qml|qmltypes|prl)$
    | (^|/)(tests?|testing|examples?|include|cmake|__pycache__)/
    | (^|/)py\.typed$
    | ^torch/(bin|share)/(?!torch_shm_manager)
    | ^torch/lib/(lib)?(torchbind_test|jitbackend_test|backend_with_compiler|aoti_custom_ops)
    | ^torch/(_inductor|utils/(model_dump|benchmark))/.*(?<!\.py)$
    | ^torchvision/(_C|image)\b | ^torchvision\.libs/  # Pillow decodes, no operator of these is used
    | (^|/)(opengl32sw|d3dcompiler_\d+)\.dll$               # Windows' ways to OpenGL, which draws nothing here
    | ^PySide6/(Qt/)?(translations|qml|metatypes|libexec|resources)/
    | \.dist-info/(?!METADATA|entry_points\.txt)
    """,
    re.VERBOSE,
)
_QT_LIBRARY = re.compile(r"^(?:PySide6/(?:Qt/lib/)?)?(?:lib)?Qt6?(\w+?)(?:\.framework/.*|\.so[\d.]*|\.dll|\.dylib)$")
_QT_PLUGIN = re.compile(r"^PySide6/(?:Qt/)?plugins/([\w-]+)/(?:lib)?q?([\w-]+?)(?:plugin)?\.(?:so|dll|dylib)$")
_MODULE_NEVER = re.compile(
    r"""
    (^|\.)(tests|conftest|benchmarks)(\.|$)
    | ^torch\.testing\._internal\.(?!(logging_tensor|common_dtype|distributed|distributed\.fake_pg)$)
    | ^torch\.utils\.(tensorboard|benchmark|bottleneck|hipify|model_dump|cpp_extension)(\.|$)
    | ^(pyqtgraph\.(examples|opengl)|numpy\.(f2py|distutils)|sympy\.parsing\.(antlr|latex|autolev))(\.|$)
    """,
    re.VERBOSE,
)

EXCLUDED_MODULES = [
    "tkinter", "matplotlib", "scipy", "pandas", "IPython", "pytest", "_pytest", "hypothesis", "setuptools", "pip",
    "wheel", "_distutils_hack", "pkg_resources", "triton", "tensorboard", "onnx", "cv2", "h5py", "expecttest",
    "timm", "huggingface_hub", "pillow_heif",
    "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtNetwork", "PySide6.QtTest", "PySide6.QtDesigner", "PySide6.QtSql",
    "PySide6.QtXml", "PySide6.QtHelp", "PySide6.QtPrintSupport", "PySide6.QtUiTools", "PySide6.QtConcurrent",
]  # fmt: skip
"""Modules that no part of the app imports on its way; PyInstaller would follow them."""

WITH_SOURCE = [
    "torch._dynamo.config", "torch._export.config", "torch._functorch.config", "torch._inductor.config",
    "torch._inductor.config_comms", "torch.compiler.config", "torch.distributed.config", "torch.functional",
    "torch.fx.experimental._config", "torch.nn.functional", "torch.nn.modules.rnn", "torch.utils.serialization.config",
    "torchvision.models.densenet",
]  # fmt: skip
"""Modules that torch reads the source of when they are imported: it fails where it finds none, or complains."""


def keeps_file(name: str) -> bool:
    """Whether a file of the bundle is needed. `name`: its path below the folder of the bundle's contents."""
    name = name.replace("\\", "/")
    if _NEVER.search(name):
        return False
    library = _QT_LIBRARY.match(name)
    if library:
        return library[1] in QT_LIBRARIES
    if re.match(r"^PySide6/(Qt/)?plugins/", name):
        return _keeps_plugin(name)
    return True


def _keeps_plugin(name: str) -> bool:
    plugin = _QT_PLUGIN.match(name)
    return bool(plugin) and plugin[2] in QT_PLUGINS.get(plugin[1], set())


def keeps_module(name: str) -> bool:
    """Whether a Python module is needed, by its full name."""
    return not _MODULE_NEVER.search(name)


def cut_files(entries: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """PyInstaller's rows (name in the bundle, source, kind) without those that are not needed.

    A link at the top of the bundle goes with the file that it points to.
    """
    kept = []
    for name, source, kind in entries:
        path = PurePosixPath(name.replace("\\", "/"))
        target = path.parent / source.replace("\\", "/") if kind == "SYMLINK" else path
        if keeps_file(str(path)) and keeps_file(str(target)):
            kept.append((name, source, kind))
    return kept


def linked_libraries(path: str) -> set[str]:
    """The names of the libraries that a program or library of Linux is linked with, itself."""
    found = subprocess.run(["objdump", "-p", path], capture_output=True, text=True, check=False)
    return set(re.findall(r"^\s+NEEDED\s+(\S+)$", found.stdout, re.MULTILINE))


def cut_orphans(
    entries: Iterable[tuple[str, str, str]], linked: Callable[[str], set[str]] = linked_libraries
) -> list[tuple[str, str, str]]:
    """PyInstaller's rows without those libraries of the system that only files wanted which were cut.

    They lie at the top of the bundle; Python's own library is opened by the program by its name.
    """
    kept = list(entries)
    orphans = {name for name, _, kind in kept if "/" not in name and kind == "BINARY" and "libpython" not in name}
    waiting = [source for name, source, kind in kept if kind in ("BINARY", "EXTENSION") and name not in orphans]
    sources = {name: source for name, source, _ in kept if name in orphans}
    while waiting:
        found = linked(waiting.pop()) & orphans
        orphans -= found
        waiting += [sources[name] for name in found]
    return [entry for entry in kept if entry[0] not in orphans]


def cut_modules(entries: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """PyInstaller's rows of Python modules without those that are not needed."""
    return [entry for entry in entries if keeps_module(entry[0])]
