"""The points of curves that grow while a run goes on, and the smoothing of noisy ones."""

import math

import numpy as np
import numpy.typing as npt

_Numbers = npt.NDArray[np.float64]


class Points:
    """The points of one curve, in arrays that double when full. Points that are not finite are left out."""

    def __init__(self) -> None:
        self._room = np.empty((2, 256))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, x: float, y: float) -> None:
        if not (math.isfinite(x) and math.isfinite(y)):
            return
        if self._count == self._room.shape[1]:
            self._room = np.concatenate([self._room, np.empty_like(self._room)], axis=1)
        self._room[0, self._count] = x
        self._room[1, self._count] = y
        self._count += 1

    @property
    def x(self) -> _Numbers:
        return self._room[0, : self._count]

    @property
    def y(self) -> _Numbers:
        return self._room[1, : self._count]

    def forget_after(self, x: float) -> None:
        """Drop what a resumed run will go through again."""
        self._count = int(np.searchsorted(self.x, x + 1e-9, side="right"))
