"""What a checkpoint may hold beside its weights: checked once, whoever wrote the file."""

import math
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from stl_tl_gui.engine.data.preprocessing import Preprocessing
from stl_tl_gui.engine.models.weights import NotAWeightsFile

_MOST_CLASSES, _LONGEST_NAME = 100_000, 1_000
_SMALLEST, _LARGEST = 16, 4_096
"""Limits of an input size, in pixels."""

Name = Annotated[str, Field(max_length=_LONGEST_NAME)]
Mean = FiniteFloat
Deviation = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class _Preprocessing(BaseModel):
    model_config = ConfigDict(strict=True)

    input_size: int = Field(ge=_SMALLEST, le=_LARGEST)
    resize: Literal["stretch", "pad", "crop"]
    mean: Annotated[list[Mean], Field(min_length=3, max_length=3)]
    std: Annotated[list[Deviation], Field(min_length=3, max_length=3)]
    interpolation: Literal["bilinear", "bicubic"] = "bilinear"


class StoredValues(BaseModel):
    """The values beside the weights. Those that only inform are left out where they are no numbers."""

    model_config = ConfigDict(strict=True, extra="ignore")

    format: int | None = None
    backbone: Name | None = None
    class_names: Annotated[list[Name], Field(max_length=_MOST_CLASSES)] | None = None
    preprocessing: _Preprocessing | None = None
    settings: dict[str, Any] | None = None
    arithmetic: dict[str, Any] | None = None
    optimizer_state_dict: dict[str, Any] | None = None
    training: dict[str, Any] | None = None
    epoch: int = 0
    best_valid_acc: float | None = None


def stored_values(content: dict[str, Any], path: Path) -> StoredValues:
    """The values of an opened checkpoint. Raises NotAWeightsFile, which names the value that is wrong."""
    known = {name: content[name] for name in StoredValues.model_fields if content.get(name) is not None}
    if isinstance(known.get("class_names"), tuple | list):
        known["class_names"] = [str(name) if isinstance(name, int) else name for name in known["class_names"]]
    shape = known.get("preprocessing")
    if isinstance(shape, dict):
        lists = {name: list(value) for name, value in shape.items() if isinstance(value, tuple)}
        known["preprocessing"] = {**shape, **lists}
    known["epoch"] = int(_number(known.get("epoch")) or 0)
    known["best_valid_acc"] = _number(known.get("best_valid_acc"))
    try:
        return StoredValues(**known)
    except ValidationError as error:
        first = error.errors()[0]
        name = " ".join(str(part).replace("_", " ") for part in first["loc"])
        raise NotAWeightsFile(f"“{path.name}” cannot be used: its {name} is wrong ({first['msg']}).") from None


def preprocessing_in(values: StoredValues) -> Preprocessing | None:
    """What the file says about how pictures become what the model gets."""
    found = values.preprocessing
    if found is None:
        return None
    red, green, blue = found.mean
    deviations = found.std
    mean, std = (red, green, blue), (deviations[0], deviations[1], deviations[2])
    return Preprocessing(found.input_size, found.resize, mean, std, found.interpolation)


def _number(value: Any) -> float | None:
    """A finite number, also one in a tensor or array; None for anything else."""
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError, OverflowError):
        return None
    return number if math.isfinite(number) and number >= 0 else None
