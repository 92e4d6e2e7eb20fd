"""Picture files by split and class, as a folder or a table lists them: checked, and made one Dataset."""

import hashlib
import re
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.dataset import DataError, Dataset, ImageSet, SplitName, Targets, UnreadablePicture, digest
from stl_tl_gui.engine.data.decoding import Part, decode, printable
from stl_tl_gui.engine.data.division import Division, divide, fingerprint_with
from stl_tl_gui.engine.data.file_parts import Checks, Contents, page_of, paged, part_notes, with_channels
from stl_tl_gui.engine.data.folder_layout import NoImages, below, relative_name
from stl_tl_gui.engine.data.picture_checks import check_pictures
from stl_tl_gui.engine.data.picture_facts import PictureFacts
from stl_tl_gui.engine.data.picture_files import PictureFile
from stl_tl_gui.engine.data.splits import Indices, Splitting, require_no_predefined_folds
from stl_tl_gui.engine.events import Progress, ShouldStop

_PICTURES: dict[SplitName, str] = {"train": "training pictures", "val": "validation pictures", "test": "test pictures"}


class OneClass(DataError):
    """The data has only one class."""


class UnknownClasses(DataError):
    """Validation or test pictures are of classes that training does not have."""


class FileImages(ImageSet):
    """Pictures that are files of their own."""

    def __init__(
        self, ids: Sequence[str], targets: Targets, paths: Sequence[Path], checks: Checks, channels: tuple[int, ...]
    ) -> None:
        super().__init__(ids, targets)
        self._paths = paths
        self._checks = checks
        self._channels = channels

    def read(self, index: int, at_least: int | None = None) -> Image.Image:
        return decode(self._paths[index], at_least, Part(page_of(self.ids[index]), self._channels))

    def path(self, index: int) -> Path | None:
        return self._paths[index]

    def facts(self, index: int) -> PictureFacts | None:
        check = self._checks.get(self._paths[index])
        facts = check.facts if check is not None and page_of(self.ids[index]) == 1 else None
        return None if facts is not None and self._channels and facts.channels > 3 else facts  # of other channels

    def identity(self) -> str:
        pages = [str(page) for page in map(page_of, self.ids)]
        special = self._channels or any(page != "1" for page in pages)
        return digest(super().identity(), str(self._channels), *pages) if special else super().identity()

    def subset(self, indices: Indices) -> "FileImages":
        ids, paths = [self.ids[index] for index in indices], [self._paths[index] for index in indices]
        return FileImages(ids, self.targets[indices], paths, self._checks, self._channels)


@dataclass
class PictureListing:
    """The pictures that a folder or a table names, by split and class, and those that cannot be used."""

    labeled: dict[SplitName, dict[str, list[PictureFile]]] = field(default_factory=dict)
    unlabeled: list[PictureFile] = field(default_factory=list)
    refused: list[tuple[Path, str]] = field(default_factory=list)
    """Files that cannot be used, and why, as the rest of a sentence."""
    notes: list[str] = field(default_factory=list)
    labels_beside: bool = False
    """Whether the labels come from the list of corrections, and may still be missing."""

    def pictures(self) -> list[PictureFile]:
        """All of them, labeled or not."""
        by_class = [files for classes in self.labeled.values() for files in classes.values()]
        return [*(file for files in by_class for file in files), *self.unlabeled]

    def drop_unreadable(self, checks: Checks) -> None:
        """Move what cannot be read to `refused`."""
        self.refused += [(path, check.reason) for path, check in checks.items() if check.reason is not None]
        for classes in self.labeled.values():
            for name, files in classes.items():
                classes[name] = [file for file in files if checks[file.path].reason is None]
        self.unlabeled = [file for file in self.unlabeled if checks[file.path].reason is None]


def open_listing(
    listing: PictureListing,
    place: Path,
    folder: Path,
    depth: int,
    splitting: Splitting,
    corrections: Corrections,
    should_stop: ShouldStop,
) -> Generator[Progress, None, Dataset]:
    """Check and split the pictures that a folder or a table at `place` lists.

    Their ids are their paths below `folder`, whose first `depth` parts name split and class. Raises as
    `open_image_folder`.
    """
    found = yield from check_pictures(folder, listing.pictures(), should_stop)
    checks = {path: with_channels(check, splitting.channels) for path, check in found.items()}
    listing.drop_unreadable(checks)
    unreadable = sorted(listing.refused)
    beside = listing.labels_beside
    if not any(listing.labeled.get("train", {}).values()) and not (beside and listing.unlabeled):
        raise NoImages(_no_images_sentence(place, unreadable))
    unready = _unready(listing) if beside else ""
    class_names = (
        tuple(listing.labeled["train"])
        if unready
        else _class_names(place, listing, least=1 if splitting.test_fraction >= 1 else 2)
    )
    ids = _ids(folder, checks)
    listing.notes += part_notes(checks, splitting)
    require_no_predefined_folds(splitting)
    given = _image_sets(listing, class_names, Contents(ids, checks, splitting))
    if unready:
        nothing = given["train"].subset(np.empty(0, np.int64))
        divided = Division(class_names, {**given, "val": nothing}, ("val",), [])
    else:
        other = corrections.besides_labels() if beside else corrections
        divided = yield from divide(given, class_names, splitting, other, depth, should_stop)
    if unreadable:
        count = "One picture" if len(unreadable) == 1 else f"{len(unreadable):,} pictures"
        listing.notes.append(f"{count} cannot be read and {'is' if len(unreadable) == 1 else 'are'} left out.")
    fingerprint = _fingerprint(listing, class_names, ids, checks, labels=place != folder)
    if splitting.pages == "each" or splitting.channels:  # what is seen of the same files
        fingerprint = digest(fingerprint, splitting.pages, str(splitting.channels))[:16]
    return Dataset(
        name=printable(place.name) or str(place),
        kind="folder" if place == folder else "table",
        location=str(place),
        class_names=divided.class_names,
        splits=divided.splits,
        drawn=divided.drawn,
        several_pages=len(paged(checks)),
        many_channels=sum(check.facts is not None and check.facts.channels > 3 for check in checks.values()),
        advice=divided.advice,
        fingerprint=fingerprint_with(fingerprint, corrections),
        unready=unready,
        notes=(
            *listing.notes,
            *divided.notes,
            *_copies(divided.splits, checks),
            *_gaps(divided.splits, divided.class_names),
        ),
        unreadable=tuple(UnreadablePicture(relative_name(folder, path), reason) for path, reason in unreadable),
        corrections=corrections,
    )


def _unready(listing: PictureListing) -> str:
    """Why pictures without class folders cannot be trained on yet; empty where they can."""
    labeled = [len(files) for files in listing.labeled["train"].values() if files]
    listing.notes.append(f"{sum(labeled):,} of {sum(labeled) + len(listing.unlabeled):,} pictures are labeled.")
    if sum(count > 1 for count in labeled) >= 2:
        return ""
    return "Label pictures first: at least two classes are needed, with two pictures each."


def natural_order(name: str) -> tuple[list[tuple[str, int]], str]:
    """Natural order (class2 before class10), ignoring case; the same on every machine."""
    parts = re.findall(r"([^0-9]*)([0-9]*)", name.casefold())
    return [(text, int(digits or -1)) for text, digits in parts], name


def _ids(folder: Path, paths: Iterable[Path]) -> dict[Path, str]:
    ids = {path: relative_name(folder, path) for path in paths}
    if len(set(ids.values())) == len(ids):
        return ids
    count = Counter(ids.values())  # names that differ only in how accents are written
    return {path: id if count[id] == 1 else printable(below(folder, path)) for path, id in ids.items()}


def _no_images_sentence(folder: Path, unreadable: list[tuple[Path, str]]) -> str:
    if not unreadable:
        return f"No pictures in the subfolders of “{folder}”."
    path, reason = unreadable[0]
    return (
        f"None of the {len(unreadable):,} pictures in “{folder}” can be read: “{relative_name(folder, path)}” {reason}."
    )


def _class_names(folder: Path, listing: PictureListing, least: int) -> tuple[str, ...]:
    """Classes with training pictures; notes on the others. Brings the splits' class names to those of training."""
    train = listing.labeled["train"]
    names = sorted((name for name, files in train.items() if files), key=natural_order)
    empty = [name for name in sorted(train, key=natural_order) if name not in names]
    if len(names) < least:
        raise OneClass(_one_class_sentence(folder, names[0], empty, listing))
    listing.notes += [f"The class folder “{name}” has no pictures and is left out." for name in empty]
    alike = Counter(name.casefold() for name in names)
    for twin in sorted(name for name, count in alike.items() if count > 1):
        same = " and ".join(f"“{name}”" for name in names if name.casefold() == twin)
        listing.notes.append(f"The classes {same} differ only in upper and lower case.")
    for split in [split for split in listing.labeled if split != "train"]:
        renamed = _matched(split, listing.labeled[split], names)
        if not any(renamed.values()):
            listing.notes.append(f"The folder for {_PICTURES[split]} is empty.")
            del listing.labeled[split]
        else:
            listing.labeled[split] = renamed
    return tuple(names)


def _one_class_sentence(folder: Path, name: str, empty: list[str], listing: PictureListing) -> str:
    sentence = f"“{folder}” has pictures of only one class, “{name}”. Add at least one more class."
    if empty:
        return f"{sentence} These class folders are empty: {', '.join(f'“{other}”' for other in empty)}."
    inner = folder / name
    files = [file.path for file in listing.labeled["train"][name] if file.path.is_relative_to(inner)]
    deeper = {path.relative_to(inner).parts[0] for path in files}
    if len({part for part in deeper if (inner / part).is_dir()}) > 1:
        return f"{sentence} Did you mean to open “{inner}”?"
    return sentence


def _matched(
    split: SplitName, classes: dict[str, list[PictureFile]], names: Sequence[str]
) -> dict[str, list[PictureFile]]:
    """A split's pictures by the class names of training, ignoring case where that is unambiguous."""
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


def _image_sets(listing: PictureListing, names: Sequence[str], contents: Contents) -> dict[SplitName, ImageSet]:
    sets: dict[SplitName, ImageSet] = {}
    for split, classes in listing.labeled.items():
        labeled = [(file.path, label) for label, name in enumerate(names) for file in classes.get(name, [])]
        sets[split] = _image_set(labeled, contents)
    if listing.unlabeled:
        sets["unlabeled"] = _image_set([(file.path, -1) for file in listing.unlabeled], contents)
    return sets


def _image_set(labeled: Sequence[tuple[Path, int]], contents: Contents) -> FileImages:
    rows = [(id, path, label) for path, label in labeled for id in contents.pictures(path)]
    targets = np.array([label for _, _, label in rows], np.int64)
    paths = [path for _, path, _ in rows]
    return FileImages([id for id, _, _ in rows], targets, paths, contents.checks, contents.splitting.channels)


def _fingerprint(
    listing: PictureListing, names: Sequence[str], ids: dict[Path, str], checks: Checks, *, labels: bool
) -> str:
    """`labels`: classes and splits count too, where the ids do not show them."""
    facts = sorted(
        f"{checks[file.path].digest} {ids[file.path]}" + (f" {split} {name}" if labels else "")
        for split, classes in listing.labeled.items()
        for name, files in classes.items()
        for file in files
    )
    return hashlib.sha256("\0".join([*names, "", *facts]).encode()).hexdigest()[:16]


def _copies(splits: dict[SplitName, ImageSet], checks: Checks) -> Iterable[str]:
    """Copies across splits make results look better than they are."""
    digests = {
        name: [_digest(images, index, checks) for index in range(len(images))] for name, images in splits.items()
    }
    train = set(digests["train"])
    for split in ("val", "test"):
        copies = sum(digest in train for digest in digests.get(split, []))
        if copies:
            yield (
                f"{copies:,} of the {len(splits[split]):,} {_PICTURES[split]} are exact copies of training pictures, "
                "which makes results look better than they are."
            )


def _digest(images: ImageSet, index: int, checks: Checks) -> str:
    path = images.path(index)
    assert path is not None
    page = page_of(images.ids[index])
    return checks[path].digest if page == 1 else f"{checks[path].digest} {page}"


def _gaps(splits: dict[SplitName, ImageSet], names: Sequence[str]) -> Iterable[str]:
    counts = sum(np.bincount(splits[split].targets, minlength=len(names)) for split in _PICTURES if split in splits)
    for label in np.flatnonzero(np.atleast_1d(counts) == 1)[:3]:
        yield (
            f"“{names[label]}” has one picture, which is used for training only. Add more; or double-click the class "
            "to leave it out, or to put its picture into another class."
        )
    for split in _PICTURES:
        if len(splits.get(split, ())):
            counts = np.bincount(splits[split].targets, minlength=len(names))
            absent = [f"“{name}”" for name, count in zip(names, counts, strict=True) if count == 0]
            if absent:
                yield f"No {_PICTURES[split]} of {', '.join(absent)}."
