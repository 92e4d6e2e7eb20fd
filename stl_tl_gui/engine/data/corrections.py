"""Corrections of a data set: pictures left out, relabeled, or moved to another split, in a file beside the data.

Pictures and folders are never changed. Each change is a step with a title, and can be undone.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from stl_tl_gui.engine.data.picture_files import find_binary_folder
from stl_tl_gui.engine.errors import UserError, reported_as
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.locks import locked
from stl_tl_gui.engine.storage.places import data_folder
from stl_tl_gui.engine.storage.spreadsheet import Row, write_spreadsheet

FORMAT = 2
"""2: pictures that a user is not sure of, and classes without pictures."""
FILE_NAME = "stl-tl-gui-corrections.json"

LabeledSplit = Literal["train", "val", "test"]
LABELED_SPLITS: tuple[LabeledSplit, ...] = get_args(LabeledSplit)


class CorrectionsUnusable(UserError):
    """The file of corrections cannot be read or written."""


class Correction(BaseModel):
    """One change to one picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    picture: str
    """Its id; empty for a new class."""
    what: Literal["leave_out", "class", "split", "unsure", "new_class"]
    value: str = ""
    """The class's name or the split; nothing for one that is left out, or whose class the user is not sure of."""


class CorrectionStep(BaseModel):
    """Corrections that were made together, and are undone together."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    """For display: “Leave out 12 copies”."""
    when: str = Field(default_factory=lambda: datetime.now().isoformat(" ", "seconds"))
    corrections: tuple[Correction, ...]


@dataclass
class Effect:
    """All corrections of one picture together."""

    left_out: bool = False
    class_name: str | None = None
    split: LabeledSplit | None = None
    unsure: bool = False
    """Whether the user has seen it and could not tell its class."""


class Corrections(BaseModel):
    """All steps, oldest first; of two corrections of the same thing the later one counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[CorrectionStep, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.steps)

    def effects(self) -> dict[str, Effect]:
        """The effect on each picture, by its id."""
        effects: dict[str, Effect] = {}
        for correction in self._all():
            if correction.what == "new_class":
                continue
            effect = effects.setdefault(correction.picture, Effect())
            match correction.what:
                case "leave_out":
                    effect.left_out = True
                case "unsure":
                    effect.class_name, effect.unsure = None, True
                case "class":
                    effect.class_name, effect.unsure = correction.value, False
                case "split":
                    effect.split = _split(correction.value)
        return effects

    def class_names(self) -> list[str]:
        """The classes that pictures were given or that were made for them, in the order in which they came up."""
        named = (each.value for each in self._all() if each.what in ("class", "new_class"))
        return list(dict.fromkeys(named))

    def besides_labels(self) -> "Corrections":
        """Only what leaves pictures out or moves them to another split."""
        kept = [each for each in self._all() if each.what in ("leave_out", "split")]
        return Corrections(steps=(CorrectionStep(title="", corrections=tuple(kept)),)) if kept else Corrections()

    def _all(self) -> Iterator[Correction]:
        return (each for step in self.steps for each in step.corrections)

    @property
    def revision(self) -> str:
        """Changes when a picture's effect does; empty where nothing is corrected."""
        facts = sorted(
            f"{id}\0{effect.left_out}\0{effect.class_name}\0{effect.split}"
            for id, effect in self.effects().items()
            if effect.left_out or effect.class_name or effect.split
        )
        return hashlib.sha256("\n".join(facts).encode("utf-8", "backslashreplace")).hexdigest()[:8] if facts else ""

    def with_step(self, title: str, corrections: Iterable[Correction]) -> "Corrections":
        """These and one more step."""
        return Corrections(steps=(*self.steps, CorrectionStep(title=title, corrections=tuple(corrections))))

    def without(self, steps: Iterable[CorrectionStep]) -> "Corrections":
        """These without some of the steps."""
        gone = list(steps)
        return Corrections(steps=tuple(step for step in self.steps if step not in gone))


def _split(value: str) -> LabeledSplit:
    return next((split for split in LABELED_SPLITS if split == value), "train")


def read_corrections(location: str) -> Corrections:
    """The corrections saved for the data at a location. Raises CorrectionsUnusable."""
    for path in reversed(_files(location)):  # the app's own file is only there where the other cannot be written
        try:
            document = json.loads(path.read_bytes())
            is_newer = document["format"] > FORMAT
            if not is_newer:
                return Corrections(steps=document["steps"])
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            raise CorrectionsUnusable(f"“{path}” cannot be read: {error.strerror or error}.") from None
        except (ValueError, KeyError, TypeError):
            raise CorrectionsUnusable(
                f"The corrections file “{path}” is damaged. Repair it, or move it away to open the data without it."
            ) from None
        raise CorrectionsUnusable(f"“{path}” was written by a newer version of this app. Update the app.")
    return Corrections()


def write_corrections(location: str, corrections: Corrections) -> Path:
    """Save corrections beside the data, or in the app's own files if that is read-only; returns the file.

    Raises CorrectionsUnusable.
    """
    beside, own = _files(location)
    content = json.dumps(
        {"format": FORMAT, "steps": corrections.model_dump(mode="json")["steps"]}, ensure_ascii=True, indent=1
    ).encode()
    for path in (beside, own):
        try:
            if path == own:
                path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content)
        except OSError as error:
            reason = error.strerror or str(error)
            continue
        if path != own:
            with suppress(OSError):  # these include what was saved there while the folder was read-only
                own.unlink(missing_ok=True)
        return path
    raise CorrectionsUnusable(f"The corrections cannot be saved in “{own}”: {reason}.")


def change_corrections(location: str, change: Callable[[Corrections], Corrections]) -> tuple[Corrections, Corrections]:
    """Change the saved corrections, safely across windows; returns them before and after.

    Raises CorrectionsUnusable.
    """
    busy = CorrectionsUnusable("The corrections are in use by another window. Try again in a moment.")
    with locked(_files(location)[1].with_suffix(".lock"), busy):
        before = read_corrections(location)
        after = change(before)
        write_corrections(location, after)
        return before, after


def undo_change(location: str, before: Corrections, after: Corrections) -> None:
    """Undo `change_corrections`, unless there was another change since. Raises CorrectionsUnusable."""
    change_corrections(location, lambda now: before if now == after else now)


def export_corrections(path: Path, corrections: Corrections) -> None:
    """Write a table (CSV) with one row per correction, for other programs. Raises CorrectionsUnusable."""
    rows: list[Row] = [["when", "step", "picture", "what", "value"]]
    for step in corrections.steps:
        rows += [[str(step.when), step.title, each.picture, each.what, each.value] for each in step.corrections]
    with reported_as(CorrectionsUnusable, f"“{path}” cannot be written"):
        write_spreadsheet(path, rows)


def _files(location: str) -> tuple[Path, Path]:
    """Where corrections of the data at a location may be: beside it, and with the app's own files."""
    place = find_binary_folder(Path(location)) or Path(location)  # STL-10 is opened by itself or by its parent
    name = hashlib.sha256(os.fsencode(place)).hexdigest()[:24]
    own = data_folder() / "corrections" / f"{name}.json"
    if location == "sample":
        return own, own
    is_table = place.suffix and not place.is_dir()
    return (place.with_name(f"{place.name}.{FILE_NAME}") if is_table else place / FILE_NAME), own


def leave_out(ids: Iterable[str]) -> list[Correction]:
    """Corrections that leave out these pictures."""
    return [Correction(picture=id, what="leave_out") for id in ids]


def relabel(ids: Iterable[str], class_name: str) -> list[Correction]:
    """Corrections that put these pictures under a class."""
    return [Correction(picture=id, what="class", value=class_name) for id in ids]


def move(ids: Iterable[str], split: LabeledSplit) -> list[Correction]:
    """Corrections that put these pictures into a split."""
    return [Correction(picture=id, what="split", value=split) for id in ids]


def unsure(ids: Iterable[str]) -> list[Correction]:
    """Corrections that note that the class of these pictures cannot be told; a label they had is taken away."""
    return [Correction(picture=id, what="unsure") for id in ids]


def new_classes(names: Iterable[str]) -> list[Correction]:
    """Corrections that make classes, which have no picture yet."""
    return [Correction(picture="", what="new_class", value=name) for name in names]
