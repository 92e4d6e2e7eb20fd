"""What transfer gave: a run from pretrained weights beside training from scratch on the same pictures."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from stl_tl_gui.engine.data.splits import splitting_of
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.runs.run import FINISHED, Run, RunSummary, find_runs
from stl_tl_gui.engine.runs.run_data import place_of_data
from stl_tl_gui.engine.settings.settings import FROM_SCRATCH, TrainSettings, make_settings, without_recipe

PRETRAINED, SCRATCH = "imagenet", "none"
"""The weights of the two runs. Weights of an earlier run or of a file say nothing of where those came from."""


@dataclass(frozen=True)
class Transfer:
    """Two finished runs on the same pictures, divided the same way."""

    pretrained: RunSummary
    scratch: RunSummary

    @property
    def tested(self) -> bool:
        """Whether there are test pictures; else the accuracies are those of the validation pictures."""
        return self.pretrained.test_accuracy is not None

    @property
    def accuracies(self) -> tuple[float, float]:
        """Pretrained, and from scratch, in [0, 1]."""
        with_weights, without = _accuracy(self.pretrained), _accuracy(self.scratch)
        assert with_weights is not None
        assert without is not None
        return with_weights, without


def transfer_of(run: Run) -> Transfer | TrainSettings | None:
    """What transfer gave, for a finished run and the newest one that can be compared with it.

    Where a pretrained run has none, the settings of the run from scratch to compare with; None where a run cannot be
    compared. Reads the logs of few runs. Raises NotARun, InvalidSettings, OSError.
    """
    summary = run.summary()
    if summary.settings.weights not in (PRETRAINED, SCRATCH) or not _has_result(summary):
        return None
    for other in _on_same_pictures(run, summary.settings):
        pair = (summary, other) if summary.settings.weights == PRETRAINED else (other, summary)
        if _has_result(other) and (other.test_accuracy is None) == (summary.test_accuracy is None):
            return Transfer(*pair)
    if summary.settings.weights == SCRATCH:
        return None
    return from_scratch(summary.settings).model_copy(update={"data": place_of_data(run)})


def from_scratch(settings: TrainSettings) -> TrainSettings:
    """The run from scratch that a pretrained run is compared with: the recommended recipe, all else the same.

    It has at least as many epochs. The backbone is the same if it was chosen, else the one recommended from scratch.
    """
    values = {**without_recipe(settings), "weights": SCRATCH}
    if settings.backbone == TrainSettings.model_fields["backbone"].default:
        values["backbone"] = FROM_SCRATCH
    if settings.recipe == "fixed":
        values["epochs"] = max(settings.epochs, TrainSettings.model_fields["epochs"].default)
    return make_settings(values)


def answers(scratch: TrainSettings, pretrained: TrainSettings) -> bool:
    """Whether a run from scratch is a fair comparison for a pretrained one on the same pictures.

    Its division, seed, and backbone are right, and it had as many epochs as recommended: fewer would flatter transfer.
    """
    if (scratch.weights, pretrained.weights) != (SCRATCH, PRETRAINED):
        return False
    recommended = from_scratch(pretrained)
    right_backbone = scratch.backbone in (recommended.backbone, pretrained.backbone)
    same_division = splitting_of(scratch) == splitting_of(pretrained)
    return right_backbone and same_division and scratch.epochs >= recommended.epochs


def _on_same_pictures(run: Run, settings: TrainSettings) -> Iterator[RunSummary]:
    """Runs that may be compared with a run, newest first; each log is read only when its turn comes."""
    fingerprint, found = run.facts().get("data_fingerprint"), []
    for other in dict.fromkeys((*find_runs(), *find_runs(run.folder.parent))):
        with suppress(UserError, OSError):
            if not fingerprint or other.facts().get("data_fingerprint") != fingerprint:
                continue
            theirs = other.settings()
            if answers(settings, theirs) or answers(theirs, settings):
                found.append((other.created(), other))
    for _, other in sorted(found, key=lambda each: each[0], reverse=True):
        with suppress(UserError, OSError):
            yield other.summary()


def _has_result(summary: RunSummary) -> bool:
    """Whether a run is finished; Automatic has a result whenever it is stopped after its first model."""
    stopped = summary.state == "stopped" and summary.settings.recipe == "automatic"
    return (summary.state in FINISHED or stopped) and _accuracy(summary) is not None


def _accuracy(summary: RunSummary) -> float | None:
    return summary.best_val_accuracy if summary.test_accuracy is None else summary.test_accuracy
