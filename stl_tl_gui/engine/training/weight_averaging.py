"""Weight averaging: the weights after fine-tuning and those before it, which keeps more of what pretraining taught.

WiSE-FT: Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".
"""

import math
from collections.abc import Generator

from stl_tl_gui.engine.data.augmentation import AUGMENTATIONS
from stl_tl_gui.engine.data.loading import PackedImages
from stl_tl_gui.engine.events import Event, Notice
from stl_tl_gui.engine.models.checkpoints import load_checkpoint, save_checkpoint
from stl_tl_gui.engine.models.model import StateDict, averaged, scale_logits
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.training.features import Inputs, Pixels
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.validation import Validation

_SHARES = (0.0, 0.25, 0.5)
"""Of the weights before, in averages that are tried."""


def average_weights(run: Run, learner: Learner, val_set: PackedImages) -> Generator[Event, None, None]:
    """Average the final weights with those after the warm-up, and keep that as the best unless validation shows harm.

    One standard error below the best epoch, which is the luckiest of many, is no harm.
    """
    share = learner.settings.blend
    if not share or not run.warm_up.exists():
        return
    accuracy = learner.best.accuracy or 0.0
    learner.load_model(averaged(load_checkpoint(run.warm_up).model_state_dict, learner.weights(), share))
    pictures = Pixels(val_set, learner.preprocessing, AUGMENTATIONS["none"])
    validation = learner.validate(pictures, lambda: False)  # short, and without it the run would not be complete
    harm = accuracy - math.sqrt(accuracy * (1 - accuracy) / len(val_set))
    if validation is None or (validation.accuracy < harm and learner.settings.protocol != "stl10"):
        return
    learner.best.loss, learner.best.accuracy = validation.loss, validation.accuracy
    save_checkpoint(learner.checkpoint(), run.best)
    yield Notice(
        message=f"Weight averaging: the final model is {1 - share:.0%} the last epoch and {share:.0%} the warm-up. "
        f"Validation accuracy {validation.accuracy:.1%}; the best epoch had {accuracy:.1%}."
    )


def best_average(learner: Learner, before: StateDict, val: Inputs) -> Validation:
    """Replace the learner's weights by their best average with those before, and scale its logits to be calibrated.

    Several shares are tried, each judged by the loss on the validation pictures at its own best
    temperature: mixup and label smoothing leave a model too unsure.
    """
    after, tried = learner.weights(), list[tuple[float, float, Validation]]()
    for share in _SHARES:
        learner.load_model(averaged(before, after, share))
        validation = learner.validate(val, lambda: False)  # short, and without it the phase would not be complete
        assert validation is not None
        factor = validation.calibration()
        tried.append((share, factor, validation.scaled(factor)))
    share, factor, validation = min(tried, key=lambda row: row[2].loss)
    learner.load_model(averaged(before, after, share))
    scale_logits(learner.model, learner.row, factor)
    return validation
