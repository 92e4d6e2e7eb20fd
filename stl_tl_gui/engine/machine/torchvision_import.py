"""Make torchvision's Python parts load where its compiled operators cannot: call this before importing torchvision.

A torchvision wheel built for another build of torch (say CUDA beside a CPU torch) fails at
`import torchvision` because two operator schemas are missing. The app uses only models, which need no operator of
torchvision's own, so the schemas are enough. `torchvision.io` stays unusable then; pictures are decoded by Pillow.
"""

import functools
import importlib.util
from pathlib import Path

import torch

_SCHEMAS = tuple(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor" for name in ("nms", "qnms"))


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


@functools.cache
def make_torchvision_importable() -> torch.library.Library | None:
    """Define what torchvision's import needs, once. The cached object keeps the definitions alive."""
    if _compiled_operators_load():
        return None
    library = torch.library.Library("torchvision", "DEF")  # type: ignore[no-untyped-call]
    for schema in _SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    return library
