"""Folders of pictures: one subfolder a class, or train/, val/ and test/ above such subfolders."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.dataset import (
    DataError,
    Dataset,
    ImageSet,
    ShouldStop,
    SplitName,
    Targets,
    UnreadablePicture,
)
from stl_tl_gui.engine.data.decoding import decode, printable
from stl_tl_gui.engine.data.division import divide, fingerprint_with
from stl_tl_gui.engine.data.folder_layout import Layout, NoImages, below, find_layout, relative_name
from stl_tl_gui.engine.data.picture_facts import PictureFacts
from stl_tl_gui.engine.data.picture_files import Found, PictureFile, find_pictures
from stl_tl_gui.engine.data.splits import Indices, Splitting, require_no_predefined_folds
from stl_tl_gui.engine.data.verdicts import Verdict, check_pictures
from stl_tl_gui.engine.events import Progress

Verdicts = Mapping[Path, Verdict]
_PICTURES: dict[SplitName, str] = {"train": "training pictures", "val": "validation pictures", "test": "test pictures"}


class OneClass(DataError):
    """There is nothing to tell apart."""


class UnknownClasses(DataError):
    """Validation or test pictures are of classes that training does not have."""


class FileImages(ImageSet):
    """Pictures that are files of their own."""

    def __init__(self, ids: Sequence[str], targets: Targets, paths: Sequence[Path], verdicts: Verdicts) -> None:
        super().__init__(ids, targets)
        self._paths = paths
        self._verdicts = verdicts

    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        return decode(self._paths[index], at_least)

    def path(self, index: int) -> Path | None:
        return self._paths[index]

    def facts(self, index: int) -> PictureFacts | None:
        verdict = self._verdicts.get(self._paths[index])
        return verdict.facts if verdict is not None else None

    def subset(self, indices: Indices) -> "FileImages":
        ids, paths = [self.ids[index] for index in indices], [self._paths[index] for index in indices]
        return FileImages(ids, self.targets[indices], paths, self._verdicts)


@dataclass
class Contents:
    """The pictures below a folder, by split and class, and what stands in the way of using all of them."""

    labelled: dict[SplitName, dict[str, list[PictureFile]]] = field(default_factory=dict)
    unlabeled: list[PictureFile] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def pictures(self) -> list[PictureFile]:
        """All of them, labelled or not."""
        by_class = [files for classes in self.labelled.values() for files in classes.values()]
        return [*(file for files in by_class for file in files), *self.unlabeled]

    def only(self, readable: set[Path]) -> None:
        """Take out all others."""
        for classes in self.labelled.values():
            for name, files in classes.items():
                classes[name] = [file for file in files if file.path in readable]
        self.unlabeled = [file for file in self.unlabeled if file.path in readable]


def open_image_folder(
    folder: Path, splitting: Splitting, corrections: Corrections, should_stop: ShouldStop
) -> Generator[Progress, None, Dataset]:
    """Open, check and split an image folder, given by its absolute path.

    Classes are ordered by name as people count: letter case aside, and class2 before class10. The id of a picture is
    its path below the folder, with slashes. Raises the DataErrors of this room, ClassTooSmall, Cancelled.
    """
    layout = find_layout(folder)
    contents = yield from _collect(folder, layout, should_stop)
    depth = len(layout.class_folders["train"][0].relative_to(folder).parts)
    return (yield from dataset_of(folder, folder, contents, depth, splitting, corrections, should_stop))


def dataset_of(
    place: Path,
    folder: Path,
    contents: Contents,
    depth: int,
    splitting: Splitting,
    corrections: Corrections,
    should_stop: ShouldStop,
) -> Generator[Progress, None, Dataset]:
    """Check and split the pictures that a folder or a table at `place` names.

    Their ids are their paths below `folder`, whose first `depth` parts name split and class. Raises as
    `open_image_folder`.
    """
    verdicts = yield from check_pictures(folder, contents.pictures(), should_stop)
    bad = [(path, verdict.reason) for path, verdict in verdicts.items() if verdict.reason is not None]
    unreadable = sorted([*contents.refused, *bad])
    contents.only({path for path, verdict in verdicts.items() if verdict.reason is None})
    if not contents.labelled or not any(files for files in contents.labelled["train"].values()):
        raise NoImages(_no_images_sentence(place, unreadable))
    class_names = _class_names(place, contents)
    ids = _ids(folder, verdicts)
    require_no_predefined_folds(splitting)
    given = _image_sets(contents, class_names, ids, verdicts)
    divided = yield from divide(given, class_names, splitting, corrections, depth, should_stop)
    if unreadable:
        count = "One picture" if len(unreadable) == 1 else f"{len(unreadable):,} pictures"
        contents.notes.append(f"{count} cannot be read and {'is' if len(unreadable) == 1 else 'are'} left out.")
    return Dataset(
        name=printable(place.name) or str(place),
        kind="folder" if place == folder else "table",
        location=str(place),
        class_names=class_names,
        splits=divided.splits,
        drawn=divided.drawn,
        fingerprint=fingerprint_with(
            _fingerprint(contents, class_names, ids, verdicts, labels=place != folder), corrections
        ),
        notes=(
            *contents.notes,
            *divided.notes,
            *_copies(divided.splits, verdicts),
            *_gaps(divided.splits, class_names),
        ),
        unreadable=tuple(UnreadablePicture(relative_name(folder, path), reason) for path, reason in unreadable),
        corrections=corrections,
    )


def natural_order(name: str) -> tuple[list[tuple[str, int]], str]:
    """Sorts names as people count (class2 before class10), letter case aside; the same on every machine."""
    parts = re.findall(r"([^0-9]*)([0-9]*)", name.casefold())
    return [(text, int(digits or -1)) for text, digits in parts], name


def _ids(folder: Path, paths: Iterable[Path]) -> dict[Path, str]:
    ids = {path: relative_name(folder, path) for path in paths}
    if len(set(ids.values())) == len(ids):
        return ids
    count = Counter(ids.values())  # names that differ only in how accents are written
    return {path: id if count[id] == 1 else printable(below(folder, path)) for path, id in ids.items()}


def _class_name(folder: Path) -> str:
    return unicodedata.normalize("NFC", printable(folder.name))


def _collect(folder: Path, layout: Layout, should_stop: ShouldStop) -> Generator[Progress, None, Contents]:
    contents = Contents(notes=list(layout.notes))
    closed: list[tuple[Path, str]] = []
    for split, class_folders in layout.class_folders.items():
        classes: dict[str, list[PictureFile]] = {}
        for class_folder in class_folders:
            found = yield from find_pictures(class_folder, _above(folder, class_folder), should_stop)
            classes.setdefault(_class_name(class_folder), []).extend(found.pictures)
            _take(found, contents, closed)
        contents.labelled[split] = classes
    if layout.unlabeled is not None:
        found = yield from find_pictures(layout.unlabeled, [folder], should_stop)
        contents.unlabeled = found.pictures
        _take(found, contents, closed)
    contents.notes += [
        f"The folder “{relative_name(folder, path)}” cannot be read: {reason}." for path, reason in closed
    ]
    return contents


def _take(found: Found, contents: Contents, closed: list[tuple[Path, str]]) -> None:
    contents.refused += found.refused
    closed += found.closed


def _above(folder: Path, class_folder: Path) -> list[Path]:
    return [folder, *(parent for parent in class_folder.parents if parent.is_relative_to(folder))]


def _no_images_sentence(folder: Path, unreadable: list[tuple[Path, str]]) -> str:
    if not unreadable:
        return f"There are no pictures in the subfolders of “{folder}”."
    path, reason = unreadable[0]
    return (
        f"None of the {len(unreadable):,} pictures in “{folder}” can be read: “{relative_name(folder, path)}” {reason}."
    )


def _class_names(folder: Path, contents: Contents) -> tuple[str, ...]:
    """Classes with training pictures; notes on the others. Brings the splits' class names to those of training."""
    train = contents.labelled["train"]
    names = sorted((name for name, files in train.items() if files), key=natural_order)
    empty = [name for name in sorted(train, key=natural_order) if name not in names]
    if len(names) < 2:
        raise OneClass(_one_class_sentence(folder, names[0], empty, contents))
    contents.notes += [f"The class folder “{name}” has no pictures and is left out." for name in empty]
    alike = Counter(name.casefold() for name in names)
    for twin in sorted(name for name, count in alike.items() if count > 1):
        same = " and ".join(f"“{name}”" for name in names if name.casefold() == twin)
        contents.notes.append(f"The classes {same} differ only in upper and lower case.")
    for split in [split for split in contents.labelled if split != "train"]:
        renamed = _matched(split, contents.labelled[split], names)
        if not any(renamed.values()):
            contents.notes.append(f"There are no {_PICTURES[split]} in the folder for them.")
            del contents.labelled[split]
        else:
            contents.labelled[split] = renamed
    return tuple(names)


def _one_class_sentence(folder: Path, name: str, empty: list[str], contents: Contents) -> str:
    sentence = f"Only one class with pictures, “{name}”, was found in “{folder}”; at least two are needed."
    if empty:
        return f"{sentence} There are none in {', '.join(f'“{other}”' for other in empty)}."
    inner = folder / name
    files = [file.path for file in contents.labelled["train"][name] if file.path.is_relative_to(inner)]
    deeper = {path.relative_to(inner).parts[0] for path in files}
    if len({part for part in deeper if (inner / part).is_dir()}) > 1:
        return f"{sentence} Did you mean to open “{inner}”?"
    return sentence


def _matched(
    split: SplitName, classes: dict[str, list[PictureFile]], names: Sequence[str]
) -> dict[str, list[PictureFile]]:
    """A split's pictures under the class names of training, letter case aside where that is unambiguous."""
    folded = {name.casefold(): name for name in names}
    matched: dict[str, list[PictureFile]] = {}
    unknown = []
    for name, files in classes.items():
        known = name if name in names else folded.get(name.casefold())
        if known is not None:
            matched.setdefault(known, []).extend(files)
        elif files:
            unknown.append(f"“{name}”")
    if unknown:
        which = f"the class {unknown[0]}" if len(unknown) == 1 else f"the classes {', '.join(unknown)}"
        raise UnknownClasses(f"There are {_PICTURES[split]} of {which}, but no training pictures of it.")
    return matched


def _image_sets(
    contents: Contents, names: Sequence[str], ids: dict[Path, str], verdicts: Verdicts
) -> dict[SplitName, ImageSet]:
    sets: dict[SplitName, ImageSet] = {}
    for split, classes in contents.labelled.items():
        labelled = [(file, label) for label, name in enumerate(names) for file in classes.get(name, [])]
        sets[split] = _image_set([file.path for file, _ in labelled], [label for _, label in labelled], ids, verdicts)
    if contents.unlabeled:
        paths = [file.path for file in contents.unlabeled]
        sets["unlabeled"] = _image_set(paths, [-1] * len(paths), ids, verdicts)
    return sets


def _image_set(paths: list[Path], labels: list[int], ids: dict[Path, str], verdicts: Verdicts) -> FileImages:
    return FileImages([ids[path] for path in paths], np.array(labels, np.int64), paths, verdicts)


def _fingerprint(
    contents: Contents, names: Sequence[str], ids: dict[Path, str], verdicts: Verdicts, *, labels: bool
) -> str:
    """`labels`: classes and splits count too, where the ids do not tell them."""
    facts = sorted(
        f"{verdicts[file.path].digest} {ids[file.path]}" + (f" {split} {name}" if labels else "")
        for split, classes in contents.labelled.items()
        for name, files in classes.items()
        for file in files
    )
    return hashlib.sha256("\0".join([*names, "", *facts]).encode()).hexdigest()[:16]


def _copies(splits: dict[SplitName, ImageSet], verdicts: dict[Path, Verdict]) -> Iterable[str]:
    """Pictures that are on both sides make results look better than they are."""
    digests = {
        name: [_digest(images, index, verdicts) for index in range(len(images))] for name, images in splits.items()
    }
    train = set(digests["train"])
    for split in ("val", "test"):
        copies = sum(digest in train for digest in digests.get(split, []))
        if copies:
            yield (
                f"{copies:,} of the {len(splits[split]):,} {_PICTURES[split]} are exact copies of training pictures, "
                "which makes results look better than they are."
            )


def _digest(images: ImageSet, index: int, verdicts: dict[Path, Verdict]) -> str:
    path = images.path(index)
    assert path is not None
    return verdicts[path].digest


def _gaps(splits: dict[SplitName, ImageSet], names: Sequence[str]) -> Iterable[str]:
    for split in _PICTURES:
        if len(splits.get(split, ())):
            counts = np.bincount(splits[split].targets, minlength=len(names))
            absent = [f"“{name}”" for name, count in zip(names, counts, strict=True) if count == 0]
            if absent:
                yield f"There are no {_PICTURES[split]} of {', '.join(absent)}."
