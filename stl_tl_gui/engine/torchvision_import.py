"""Import this before torchvision: it makes torchvision's Python parts load where its compiled operators cannot.

A torchvision wheel built for another flavour of torch (say CUDA beside a CPU torch) fails at
`import torchvision` because two operator schemas are missing. The app uses only models, which need no operator of
torchvision's own, so the schemas are enough. `torchvision.io` stays unusable then; pictures are decoded by Pillow.
"""

import importlib.metadata
import importlib.util
from pathlib import Path

import torch

_SCHEMAS = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def _compiled_operators_load() -> bool:
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None:
        return False
    libraries = [path for path in Path(spec.origin).parent.glob("_C*") if path.suffix in (".so", ".pyd", ".dylib")]
    try:
        for path in libraries:
            torch.ops.load_library(str(path))  # type: ignore[no-untyped-call]
    except OSError:
        return False
    return bool(libraries)


if not _compiled_operators_load():
    _library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call] # the definitions live as long as this object
    for _schema in _SCHEMAS.values():
        _library.define(_schema)  # type: ignore[no-untyped-call]
