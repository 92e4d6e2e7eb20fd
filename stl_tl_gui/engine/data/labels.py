"""Labels out of the app and into it: a table of paths and classes, or copies of the pictures in class folders."""

import csv
import io
import shutil
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stl_tl_gui.engine.data.additions import require_class_name
from stl_tl_gui.engine.data.corrections import Correction, new_classes, relabel
from stl_tl_gui.engine.data.dataset import DataError, Dataset
from stl_tl_gui.engine.data.folder_layout import relative_name
from stl_tl_gui.engine.data.staging import require_room, staging_folder
from stl_tl_gui.engine.data.table import read_table
from stl_tl_gui.engine.errors import Cancelled, reported_as
from stl_tl_gui.engine.events import Progress, ShouldStop
from stl_tl_gui.engine.storage.files import write_atomically


class LabelsNotWritten(DataError):
    """The place for labels cannot be written."""


class FolderNotEmpty(DataError):
    """Class folders are only made in a folder that is new or empty."""


class NoSuchPictures(DataError):
    """A table names no picture of the data."""


@dataclass(frozen=True)
class FolderPlan:
    """Which files would be copied into which class folders."""

    copies: tuple[tuple[Path, str], ...]
    """A file, and its path below the new folder: “cat/1.jpg”."""
    size: int
    """Bytes in all."""

    def counts(self) -> dict[str, int]:
        """Files per class."""
        return dict(Counter(place.split("/", 1)[0] for _, place in self.copies))


def labeled_pictures(data: Dataset) -> list[tuple[str, str]]:
    """The id and the class of each labeled picture, in the order of the splits."""
    return [
        (id, data.class_names[target])
        for images in data.splits.values()
        for id, target in zip(images.ids, images.targets.tolist(), strict=True)
        if target >= 0
    ]


def write_labels(path: Path, pictures: Iterable[tuple[str, str]]) -> None:
    """A table (CSV) with a path and a class in each row, which opens as data beside its pictures.

    Raises LabelsNotWritten.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["path", "class"])
    writer.writerows(pictures)
    with reported_as(LabelsNotWritten, f"“{path}” cannot be written"):
        write_atomically(path, text.getvalue().encode("utf-8", "surrogateescape"))


def labels_in(table: Path, data: Dataset) -> list[Correction]:
    """The labels that a table gives pictures of the data, named by their ids or by paths that lead to them.

    Raises BadTable, BadClassName, NoSuchPictures.
    """
    ids = {id for images in data.splits.values() for id in images.ids}
    found: dict[str, list[str]] = {}
    for row in read_table(table):
        id = row.path if row.path in ids else relative_name(Path(data.location), (table.parent / row.path).absolute())
        if id in ids and row.label:
            found.setdefault(row.label, []).append(id)
    if not found:
        raise NoSuchPictures(f"“{table.name}” names no picture in “{data.location}”. Its paths must lead to them.")
    for name in found:
        require_class_name(name)
    return [*new_classes(found), *(each for name, named in found.items() for each in relabel(named, name))]


def plan_folders(files: Sequence[tuple[Path, str]]) -> FolderPlan:
    """Where copies of files go by their classes; equal names get a number. Raises LabelsNotWritten."""
    copies: list[tuple[Path, str]] = []
    taken: set[str] = set()
    size = 0
    for file, name in files:
        place, number = f"{name}/{file.name}", 2
        while place.casefold() in taken:
            place, number = f"{name}/{file.stem} ({number}){file.suffix}", number + 1
        taken.add(place.casefold())
        copies.append((file, place))
        with reported_as(LabelsNotWritten, f"“{file}” cannot be read"):
            size += file.stat().st_size
    return FolderPlan(tuple(copies), size)


def files_of(data: Dataset) -> list[tuple[Path, str]]:
    """The file and the class of each labeled picture that has a file of its own."""
    return [
        (path, data.class_names[target])
        for images in data.splits.values()
        for row, target in enumerate(images.targets.tolist())
        if target >= 0 and (path := images.path(row)) is not None
    ]


def copy_into_folders(plan: FolderPlan, target: Path, should_stop: ShouldStop) -> Generator[Progress, None, Path]:
    """Copy files into class folders of a new or empty folder: all of them, or none.

    Raises FolderNotEmpty, NoRoomForData, LabelsNotWritten, Cancelled.
    """
    with reported_as(LabelsNotWritten, f"“{target}” cannot be written"):
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise FolderNotEmpty(f"“{target}” is not empty. Choose a new or an empty folder.")
        require_room(target.parent, plan.size)
        with staging_folder(target) as staging:
            for done, (file, place) in enumerate(plan.copies, 1):
                if should_stop():
                    raise Cancelled
                copy = staging / place
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
                yield Progress(stage="Copying pictures", done=done, total=len(plan.copies), unit="pictures")
            if target.exists():
                target.rmdir()
            staging.replace(target)
    return target
