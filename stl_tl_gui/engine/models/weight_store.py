"""The files of ImageNet weights on this computer: find, download, import, export and check them.

Their names end with the start of their SHA-256 checksum, as torchvision's do.
"""

import hashlib
import re
import shutil
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from stl_tl_gui.engine.downloading import USUAL_PATIENCE, DownloadFailed, Patience, download
from stl_tl_gui.engine.errors import Cancelled, UserError, reported_as
from stl_tl_gui.engine.events import Notice, Progress, ShouldStop
from stl_tl_gui.engine.settings.backbones import BACKBONES, Backbone
from stl_tl_gui.engine.storage.files import remove_leftovers, write_atomically
from stl_tl_gui.engine.storage.places import (
    included_weights_folders,
    torch_hub_folder,
    weights_folder,
)

CHECKPOINT_SUFFIXES = frozenset({".pt", ".pth", ".safetensors"})
"""Of weights files and checkpoints."""
_PIECE = 1 << 20
Place = Literal["own", "shared", "included", "hub", "nowhere"]
"""The app's own folder, one that a lab shares, the package that comes with the app, torch hub's cache."""


class WeightsMissing(UserError):
    """Pretrained weights are not on this computer and cannot be downloaded.

    `reason`: why the download failed; empty for weights that come with the app, which are never downloaded.
    """

    on_the_command_line = "--weights none, or --weights FILE"

    def __init__(self, row: Backbone, reason: str = "") -> None:
        self.file_name = row.weights.file_name
        self.folder = weights_folder()
        self.url = row.weights.url
        if row.weights.included_file:
            where = "are not on this computer" if row.weights.extra else "come with the app, but their file is gone"
            super().__init__(f"The weights of {row.short_title} {where}. {row.weights.remedy}")
            return
        if not row.weights.url:
            super().__init__(
                f"There are no pretrained weights for {row.short_title}. Choose a weights file, or train from scratch."
            )
            return
        super().__init__(
            f"The ImageNet weights of {row.short_title} are not on this computer and could not be downloaded "
            f"({reason}). Put “{self.file_name}” into “{self.folder}”, choose another weights file, or train from "
            "scratch."
        )


class WrongWeights(UserError):
    """Weights belong to another model than the one that was asked for, if one was."""

    def __init__(self, source: str, asked: Backbone | None = None, fits: str | None = None) -> None:
        self.backbone = fits
        """The backbone that they fit, if any."""
        if asked is not None and fits is not None:
            title, self.on_the_command_line = BACKBONES[fits].title, f"--backbone {fits}"
            text = f"“{source}” has the weights of {title}, not of {asked.title}. Choose {title} as the backbone."
        else:
            text = f"The weights in “{source}” fit none of this app’s backbones. Choose another file."
        super().__init__(text)


class UnknownBackbone(UserError):
    """A name that no backbone has."""


class WeightsNotHere(UserError):
    """Weights to export are not on this computer, or their file is damaged."""


class WeightsNotCopied(UserError):
    """A folder of weights cannot be written, or a file in it cannot be read."""


@dataclass(frozen=True)
class StoredWeights:
    """A backbone's weights and where they are, if they are here."""

    row: Backbone
    path: Path | None

    @property
    def place(self) -> Place:
        """Whose the folder is that the file is in."""
        if self.path is None:
            return "nowhere"
        if self.path.parent == weights_folder():
            return "own"
        if self.path.parent in included_weights_folders():
            return "included"
        return "hub" if self.path.parent == torch_hub_folder() else "shared"

    @property
    def to_download(self) -> bool:
        """Whether it is not here and can be downloaded."""
        return self.path is None and not self.row.weights.included_file


def stored_weights(names: Sequence[str] = ()) -> list[StoredWeights]:
    """These backbones, or all, with their files where they are found. Raises UnknownBackbone."""
    return [StoredWeights(row, row.weights.find()) for row in rows_named(names)]


def rows_named(names: Sequence[str]) -> list[Backbone]:
    """Backbones by name; all without a name. Raises UnknownBackbone."""
    for name in names:
        if name not in BACKBONES:
            raise UnknownBackbone(f"There is no backbone “{name}”. Choose one of: {', '.join(BACKBONES)}.")
    return [BACKBONES[name] for name in dict.fromkeys(names)] or list(BACKBONES.values())


def fetch_imagenet_weights(
    row: Backbone, should_stop: Callable[[], bool], patience: Patience = USUAL_PATIENCE
) -> Generator[Progress, None, Path]:
    """The file of a backbone's ImageNet weights, downloaded into the weights folder if it is not here yet.

    Raises WeightsMissing, or Cancelled when stopped; the next download resumes. Weights that come with the app are
    never downloaded.
    """
    found = row.weights.find()
    if found is not None:
        return found
    if row.weights.included_file or not row.weights.url:
        raise WeightsMissing(row)
    name = row.weights.file_name
    beginning = checksum_in(name)
    try:
        return (
            yield from download(
                row.weights.url,
                weights_folder() / name,
                should_stop,
                checksum=f"sha256:{beginning}" if beginning else "",
                patience=patience,
            )
        )
    except DownloadFailed as error:
        raise WeightsMissing(row, error.reason) from None


def is_intact(path: Path, should_stop: ShouldStop = lambda: False) -> bool:
    """Whether a file's SHA-256 checksum starts as its name says: “resnet18-f37072fd.pth”. Raises Cancelled, OSError."""
    return has_checksum(path.name, _sha256(path, should_stop))


def has_checksum(file_name: str, digest: str) -> bool:
    """Whether a SHA-256 checksum, in hexadecimal, starts as the name of a file says."""
    beginning = checksum_in(file_name)
    return bool(beginning) and digest.startswith(beginning)


def checksum_in(file_name: str) -> str:
    """The start of the SHA-256 checksum that a file's name ends with; empty where it has none."""
    found = re.search(r"-([0-9a-f]{8,})\.[a-z]+$", file_name)
    return found[1] if found else ""


def _sha256(path: Path, should_stop: ShouldStop) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            if should_stop():
                raise Cancelled
            digest.update(piece)
    return digest.hexdigest()


def import_weights(
    sources: Iterable[Path], should_stop: ShouldStop = lambda: False
) -> Generator[Progress | Notice, None, list[Path]]:
    """Copy weights from files and folders (a USB stick) into the weights folder. Returns their paths there.

    A file with another name is recognized by its checksum; in a folder only if it ends in .pth. Damaged files are
    not copied, and each becomes a Notice. Raises WeightsNotCopied, Cancelled.
    """
    known = {row.weights.file_name for row in BACKBONES.values()}
    most = 1.1e6 * max(row.weights.megabytes for row in BACKBONES.values())
    found: dict[Path, str] = {}
    for source in sources:
        if not source.exists():
            raise WeightsNotCopied(f"“{source}” does not exist.")
        files = [path for path in sorted(source.rglob("*")) if path.is_file()] if source.is_dir() else [source]
        of_ours = {path: path.name for path in files if path.name in known}
        for path in files:
            if path == source or (path.suffix == ".pth" and path.stat().st_size <= most):
                yield Progress(stage=f"Checking {path.name}", done=0, total=0)
                of_ours |= {} if path in of_ours else _renamed(path, known, should_stop)
        if not of_ours:
            yield Notice(
                message=(
                    f"No published weights in “{source}”."
                    if source.is_dir()
                    else f"“{source}” is not a published weights file."
                )
                + " To train from your own weights, choose File… under Weights on the Train page."
            )
        found |= of_ours
    return (yield from _copy(found, weights_folder(), should_stop, strict=False))


def _renamed(path: Path, known: Iterable[str], should_stop: ShouldStop) -> dict[Path, str]:
    """A file with the name that it should have by its checksum; nothing where it is not known."""
    with reported_as(WeightsNotCopied, f"“{path}” cannot be read"):
        digest = _sha256(path, should_stop)
    name = next((name for name in known if has_checksum(name, digest)), None)
    return {} if name is None else {path: name}


def export_weights(
    names: Sequence[str], folder: Path, should_stop: ShouldStop = lambda: False
) -> Generator[Progress | Notice, None, list[Path]]:
    """Copy the weights of these backbones into a folder for other machines, or all that do not come with the app.

    Raises UnknownBackbone, WeightsNotHere, WeightsNotCopied, Cancelled.
    """
    here = [each for each in stored_weights(names) if names or each.place != "included"]
    missing = [each.row.short_title for each in here if each.path is None]
    if names and missing:
        raise WeightsNotHere(
            f"The weights of {', '.join(missing)} are not on this computer. Download or import them first."
        )
    paths = {each.path: each.path.name for each in here if each.path is not None}
    if not paths:
        raise WeightsNotHere("No weights here yet but those that come with the app. Download or import some first.")
    return (yield from _copy(paths, folder, should_stop, strict=True))


def _copy(
    paths: Mapping[Path, str], folder: Path, should_stop: ShouldStop, *, strict: bool
) -> Generator[Progress | Notice, None, list[Path]]:
    """Check files and copy those that are intact under their right names, each whole or not at all.

    `strict`: a damaged file is an error.
    """
    copied = []
    remove_leftovers(folder)
    for done, (path, name) in enumerate(paths.items()):
        yield Progress(stage=f"Copying {path.name}", done=done, total=len(paths), unit="files")
        target = folder / name
        try:
            if not has_checksum(name, _sha256(path, should_stop)):
                text = f"“{path}” is damaged: its checksum is not that in its name. It was not copied."
                if strict:
                    raise WeightsNotHere(text)
                yield Notice(message=text)
                continue
            if not (target.is_file() and (target.samefile(path) or is_intact(target, should_stop))):
                folder.mkdir(parents=True, exist_ok=True)
                with path.open("rb") as source:
                    write_atomically(target, write=partial(shutil.copyfileobj, source))
        except OSError as error:
            raise WeightsNotCopied(f"“{error.filename or target}” cannot be used: {error.strerror or error}.") from None
        copied.append(target)
    yield Progress(stage="Weights copied", done=len(paths), total=len(paths), unit="files")
    return copied


def fetch_all(
    names: Sequence[str], should_stop: ShouldStop, patience: Patience = USUAL_PATIENCE
) -> Generator[Progress, None, list[Path]]:
    """Download the weights of these backbones, or all, where they are not here. Raises WeightsMissing, Cancelled."""
    paths = []
    for row in rows_named(names):
        paths.append((yield from fetch_imagenet_weights(row, should_stop, patience)))
    return paths


def check_weights(names: Sequence[str], should_stop: ShouldStop) -> Generator[Progress | Notice, None, dict[str, bool]]:
    """Whether the files that are here have the right checksum, by backbone.

    A damaged one in the app's own folder is renamed. Raises Cancelled.
    """
    here = [each for each in stored_weights(names) if each.path is not None]
    intact = {}
    for done, each in enumerate(here):
        assert each.path is not None
        yield Progress(stage=f"Checking {each.path.name}", done=done, total=len(here), unit="files")
        try:
            intact[each.row.name] = is_intact(each.path, should_stop)
        except OSError:
            intact[each.row.name] = False
        if not intact[each.row.name]:
            yield Notice(message=f"“{each.path}” is damaged." + _renamed_damaged(each))
    yield Progress(stage="Checked", done=len(here), total=len(here), unit="files")
    return intact


def _renamed_damaged(damaged: StoredWeights) -> str:
    """Rename a damaged file of the app's own; says what was done."""
    if damaged.place == "included":
        return f" It came in a package. {damaged.row.weights.remedy}"
    if damaged.path is None or damaged.place != "own":
        return " It is in a shared folder, so it was left there. Download or import the weights to use an intact file."
    renamed = damaged.path.with_name(f"{damaged.path.name}.damaged")
    try:
        damaged.path.replace(renamed)
    except OSError as error:
        return f" It could not be renamed: {error.strerror or error}."
    return f" It was renamed to “{renamed.name}”. Download the weights again."
