"""Folders of pictures: one subfolder a class, or train/, val/ and test/ above such subfolders."""

import unicodedata
from collections.abc import Generator
from pathlib import Path

from stl_tl_gui.engine.data.corrections import Corrections
from stl_tl_gui.engine.data.dataset import Dataset
from stl_tl_gui.engine.data.decoding import printable
from stl_tl_gui.engine.data.folder_layout import Layout, find_layout, relative_name
from stl_tl_gui.engine.data.listing import PictureListing, open_listing
from stl_tl_gui.engine.data.picture_files import Found, PictureFile, find_pictures
from stl_tl_gui.engine.data.splits import Splitting
from stl_tl_gui.engine.events import Progress, ShouldStop


def open_image_folder(
    folder: Path, splitting: Splitting, corrections: Corrections, should_stop: ShouldStop
) -> Generator[Progress, None, Dataset]:
    """Open, check and split an image folder, given by its absolute path.

    Classes are in natural order: ignoring case, and class2 before class10. The id of a picture is
    its path below the folder, with slashes. Where pictures are in no class folders, the list of corrections has their
    labels. Raises the DataErrors of this room, ClassTooSmall, Cancelled.
    """
    layout = find_layout(folder)
    listing = yield from _collect(folder, layout, should_stop)
    if layout.flat:
        _label(listing, folder, corrections)
        return (yield from open_listing(listing, folder, folder, 0, splitting, corrections, should_stop))
    depth = len(layout.class_folders["train"][0].relative_to(folder).parts)
    return (yield from open_listing(listing, folder, folder, depth, splitting, corrections, should_stop))


def _class_name(folder: Path) -> str:
    return unicodedata.normalize("NFC", printable(folder.name))


def _collect(folder: Path, layout: Layout, should_stop: ShouldStop) -> Generator[Progress, None, PictureListing]:
    listing = PictureListing(notes=list(layout.notes))
    closed: list[tuple[Path, str]] = []
    for split, class_folders in layout.class_folders.items():
        classes: dict[str, list[PictureFile]] = {}
        for class_folder in class_folders:
            found = yield from find_pictures(class_folder, _above(folder, class_folder), should_stop)
            classes.setdefault(_class_name(class_folder), []).extend(found.pictures)
            _take(found, listing, closed)
        listing.labeled[split] = classes
    if layout.unlabeled is not None:
        above = [folder] if layout.unlabeled != folder else []
        found = yield from find_pictures(layout.unlabeled, above, should_stop)
        listing.unlabeled = found.pictures
        _take(found, listing, closed)
    listing.notes += [
        f"The folder “{relative_name(folder, path)}” cannot be read: {reason}." for path, reason in closed
    ]
    return listing


def _label(listing: PictureListing, folder: Path, corrections: Corrections) -> None:
    """Take the labels from the list beside the pictures."""
    effects = corrections.effects()
    classes: dict[str, list[PictureFile]] = {name: [] for name in corrections.class_names()}
    rest: list[PictureFile] = []
    for file in listing.unlabeled:
        effect = effects.get(relative_name(folder, file.path))
        (classes[effect.class_name] if effect is not None and effect.class_name else rest).append(file)
    listing.labels_beside = True
    listing.labeled["train"], listing.unlabeled = classes, rest


def _take(found: Found, listing: PictureListing, closed: list[tuple[Path, str]]) -> None:
    listing.refused += found.refused
    closed += found.closed


def _above(folder: Path, class_folder: Path) -> list[Path]:
    return [folder, *(parent for parent in class_folder.parents if parent.is_relative_to(folder))]
