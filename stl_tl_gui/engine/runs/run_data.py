"""The pictures that a run used: found, corrected, and split as they were. Never silently uses other pictures."""

import json
import os
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

from stl_tl_gui.engine.data import DataError, Dataset, open_dataset
from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.folder_layout import FolderMissing, NoClassFolders, NoImages
from stl_tl_gui.engine.data.splits import splitting_of
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.storage.files import write_atomically
from stl_tl_gui.engine.storage.places import moved_data_file


class DataChanged(UserError):
    """The data is not the data that the run was trained on."""

    def __init__(self, message: str, run: Run | None = None) -> None:
        super().__init__(message)
        self.run = run
        """The run whose data was replaced."""


class DataMoved(UserError):
    """The data is not where it was when the run was trained."""

    on_the_command_line = "stl-tl-gui relink RUN FOLDER"

    def __init__(self, run: Run, location: str) -> None:
        super().__init__(run, location)
        self.run = run
        self.location = location

    def __str__(self) -> str:
        return (
            f"The pictures of “{self.run.name}” are no longer in “{self.location}”. Choose the folder where they are "
            "now; the run remembers it."
        )


def facts_of_data(run: Run, data: Dataset) -> dict[str, object]:
    """What a run stores to find and recognize its pictures. Their corrections are kept in its folder."""
    facts: dict[str, object] = {
        "data_name": data.name,
        "data_fingerprint": data.fingerprint,
        "data_revision": data.corrections.revision,
    }
    if data.corrections:
        write_atomically(run.corrections, data.corrections.model_dump_json(indent=1).encode())
    if data.location != "sample":
        with suppress(ValueError):  # on another drive
            facts["data_from_run"] = Path(os.path.relpath(data.location, run.folder)).as_posix()
    return facts


def open_run_data(run: Run, should_stop: ShouldStop = lambda: False) -> Generator[Progress, None, Dataset]:
    """Open the data that a run used, corrected and split as it was, where it is now.

    Raises DataMoved if it is not found, DataChanged if the pictures are different, and what opening raises.
    """
    location = run.settings().data
    changed: DataChanged | None = None
    unusable: DataError | None = None
    for place in _where_it_may_be(run, location):
        try:
            return (yield from _open(run, place, should_stop))
        except DataChanged as error:
            changed = changed or error
        except (FolderMissing, NoClassFolders, NoImages):  # such as an empty folder where a disk used to be
            continue
        except DataError as error:
            unusable = unusable or error
    raise changed or unusable or DataMoved(run, location)


def place_of_data(run: Run) -> str:
    """Where the data of a run is now, as far as is known without opening it; else where it was."""
    location = run.settings().data
    return next(iter(_where_it_may_be(run, location)), location)


def relink(run: Run, location: str, should_stop: ShouldStop = lambda: False) -> Generator[Progress, None, Dataset]:
    """Remember where a run's data is now, if it is the same data. Returns it, opened.

    Data of other runs beside it is then found, too: a disk that was moved needs this only once. Raises as
    `open_run_data` does.
    """
    data = yield from _open(run, location, should_stop)
    moves = {**_moves(), run.settings().data: data.location}
    path = moved_data_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(moves, indent=1).encode())
    return data


def _open(run: Run, location: str, should_stop: ShouldStop) -> Generator[Progress, None, Dataset]:
    data = yield from open_dataset(location, splitting_of(run.settings()), should_stop, _corrections(run))
    known = run.facts().get("data_fingerprint")
    if known is not None and known != data.fingerprint:
        raise DataChanged(
            f"The pictures in “{location}” are not the ones “{run.name}” was trained on, or they have changed, "
            "so the run cannot continue and its results cannot be compared. Put the pictures back, or train a new run.",
            run,
        )
    return data


def _corrections(run: Run) -> Corrections:
    """The corrections at the time of the training."""
    try:
        return Corrections.model_validate_json(run.corrections.read_bytes())
    except FileNotFoundError:
        return Corrections()
    except (OSError, ValueError):
        raise DataChanged(f"“{run.corrections}” cannot be read. Restore the file, or train a new run.") from None


def _where_it_may_be(run: Run, location: str) -> list[str]:
    """Existing places: as in the settings, relative to the run, and after known moves. They may contain other data."""
    if location == "sample":
        return [location]
    candidates: list[str | None] = [location]
    if beside := run.facts().get("data_from_run"):
        candidates.append(os.path.normpath(run.folder / str(beside)))
    for old, new in reversed(_moves().items()):
        candidates.append(new if old == location else _moved_along(location, old, new))
    return [place for place in dict.fromkeys(candidates) if place and Path(place).exists()]


def _moved_along(location: str, old: str, new: str) -> str | None:
    """Where a folder is after another one moved: /a/pets became /b/pets, so /a/cars becomes /b/cars."""
    before, after = list(Path(old).parts), list(Path(new).parts)
    while before and after and before[-1] == after[-1]:
        before.pop()
        after.pop()
    parts = Path(location).parts
    if not before or list(parts[: len(before)]) != before:
        return None
    return str(Path(*after, *parts[len(before) :]))


def _moves() -> dict[str, str]:
    try:
        moves = json.loads(moved_data_file().read_bytes())
        return {str(old): str(new) for old, new in moves.items()}
    except (OSError, ValueError, AttributeError):
        return {}


KNOWN_PICTURES = (
    "STL-10’s pictures come from ImageNet, and so do these weights: the model may have seen some of them, so its "
    "accuracy here may be higher than on new pictures."
)


def knows_its_pictures(settings: TrainSettings, data_name: str) -> bool:
    """Whether the weights were trained on the pictures that the data comes from."""
    return settings.weights == "imagenet" and data_name == "STL-10"
