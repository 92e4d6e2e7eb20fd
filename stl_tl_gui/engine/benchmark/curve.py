"""Curve: how accurate a side's model was at which time."""

from dataclasses import dataclass, field


@dataclass
class Curve:
    """Each model that a side kept: seconds from the call until it was there, and its accuracy in [0, 1]."""

    points: list[tuple[float, float]] = field(default_factory=list)
    cut_off: bool = False
    """Whether the side was still learning when its time was up."""

    def add(self, seconds: float, accuracy: float) -> None:
        self.points.append((seconds, accuracy))

    @property
    def final(self) -> float:
        """The accuracy of the last model; 0 where there is none."""
        return self.points[-1][1] if self.points else 0.0

    def seconds_to(self, accuracy: float) -> float | None:
        """When there was a model at least that accurate; None where there never was."""
        return next((seconds for seconds, reached in self.points if reached >= accuracy), None)
