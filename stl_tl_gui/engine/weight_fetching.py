"""ImageNet weights brought from where they are published, when the user asks for them and they are not here yet."""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path

from stl_tl_gui.engine.backbones import Backbone
from stl_tl_gui.engine.downloading import PATIENT, Checksum, DownloadFailed, Patience, download
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.places import find_weights, weights_folder
from stl_tl_gui.engine.weight_store import sum_in


class WeightsMissing(UserError):
    """Pretrained weights are neither here nor to be had from the network."""

    def __init__(self, row: Backbone, reason: str) -> None:
        self.file_name = row.weights.file_name
        self.folder = weights_folder()
        self.url = row.weights.url
        super().__init__(
            f"The ImageNet weights of {row.title} are not on this computer and could not be downloaded ({reason}). "
            f"Put the file “{self.file_name}” into the folder “{self.folder}”, choose another weights file, or train "
            "from scratch."
        )


def fetch_imagenet_weights(
    row: Backbone, should_stop: Callable[[], bool], *, anew: bool = False, patience: Patience = PATIENT
) -> Generator[Progress, None, Path]:
    """The file of a backbone's ImageNet weights, downloaded into the weights folder if it is not here yet.

    `anew`: a file that is here is not trusted, and one in the weights folder replaced if it is damaged. What arrived
    before it was stopped or failed is kept to go on with. Raises WeightsMissing when it cannot be had, Cancelled.
    """
    found = find_weights(row.weights.file_name)
    if found is not None and not anew:
        return found
    target = weights_folder() / row.weights.file_name
    checksum = Checksum("sha256", sum_in(target.name))
    try:
        return (yield from download(row.weights.url, target, should_stop, checksum=checksum, patience=patience))
    except DownloadFailed as error:
        raise WeightsMissing(row, error.reason) from None


def fetch_all(
    rows: Sequence[Backbone], should_stop: Callable[[], bool], *, anew: bool = False
) -> Generator[Progress, None, list[Path]]:
    """The weights of several backbones, one after the other. The first that cannot be had ends it."""
    paths = []
    for row in rows:
        paths.append((yield from fetch_imagenet_weights(row, should_stop, anew=anew)))
    return paths
