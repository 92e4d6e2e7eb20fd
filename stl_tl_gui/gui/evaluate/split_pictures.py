"""SplitPictures: the pictures behind the rows of a prediction table."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.errors import UserError


class PictureGone(UserError):
    """A picture of the table is no longer in the data."""


class SplitPictures:
    """Finds the picture of a row by its id, whatever the order of the data is now."""

    def __init__(self, images: ImageSet, ids: Sequence[str]) -> None:
        self._images = images
        self._ids = ids
        self._places = {id: place for place, id in enumerate(images.ids)}

    def read(self, row: int, at_least: int | None = None) -> Image.Image:
        """The picture, as ImageSet.read gives it. Raises PictureGone or UnreadableImage."""
        place = self._places.get(self._ids[row])
        if place is None:
            raise PictureGone(f"“{self._ids[row]}” is no longer in the data.")
        return self._images.read(place, at_least)

    def path(self, row: int) -> Path | None:
        """The picture's file, or None where it has none of its own."""
        place = self._places.get(self._ids[row])
        return self._images.path(place) if place is not None else None
