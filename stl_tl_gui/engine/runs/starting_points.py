"""Earlier runs as the start of new ones, on other data or classes."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.runs.run import NotARun, Run, find_runs, known_place, open_run
from stl_tl_gui.engine.settings.groups.model import RUN_CHECKPOINTS

MOST_RECENT = 5


class NoWeights(UserError):
    """There are no weights to start from."""


@dataclass(frozen=True)
class StartingPoint:
    """Weights to start from, and the backbone that they fit."""

    name: str
    """Of the run or file."""
    backbone: str
    weights: str
    """Full path of the file."""

    def settings(self) -> dict[str, str]:
        """The settings of a run that starts here."""
        return {"backbone": self.backbone, "weights": self.weights}


def starting_point(run: Run) -> StartingPoint:
    """Start from the best epoch of a run. Raises NotARun, InvalidSettings, NoWeights."""
    backbone = run.settings().backbone
    if not run.best.is_file():
        raise NoWeights(f"“{run.name}” has no checkpoint to start from yet. Choose another run.")
    return StartingPoint(run.name, backbone, str(run.best.resolve()))


def weights_file(place: str) -> Path:
    """The full path of a weights file, or of the best.pt of a run, given by its folder or its name.

    Raises NoWeights, NotARun, InvalidSettings.
    """
    path = Path(place).expanduser()
    if path.is_file():
        return path.resolve()
    found = known_place(path)
    if not found.is_dir():
        raise NoWeights(f"The weights file or run “{place}” does not exist. Choose another.")
    return Path(starting_point(open_run(found)).weights)


def run_with(file: Path) -> Run | None:
    """The run that a checkpoint belongs to; None for any other file."""
    run = Run(file.parent)
    with suppress(NotARun):
        run.require()
        return run if file.name in RUN_CHECKPOINTS else None
    return None


def recent_starting_points() -> list[StartingPoint]:
    """The app's own runs whose best epoch was saved last, the latest first."""
    saved = []
    for run in find_runs():
        with suppress(OSError):  # no checkpoint yet
            saved.append((run.best.stat().st_mtime, run))
    found: list[StartingPoint] = []
    for _, run in sorted(saved, key=lambda each: each[0], reverse=True):
        if len(found) == MOST_RECENT:
            break
        with suppress(UserError, OSError):
            found.append(starting_point(run))
    return found
