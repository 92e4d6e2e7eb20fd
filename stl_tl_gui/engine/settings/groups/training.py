"""Settings of the training: how long, in which steps, and what guards against overfitting and unequal classes."""

from functools import partial
from typing import Literal

from stl_tl_gui.engine.settings.groups.setting import Settings, setting

_basic = partial(setting, "Training", advanced=False)
_advanced = partial(setting, "Training", advanced=True)


class TrainingSettings(Settings):
    """Epochs, optimizer, learning rate, regularization and class balance."""

    recipe: Literal["automatic", "fixed"] = _advanced(
        "fixed",
        "Recipe",
        "Automatic chooses all that is not chosen: it fits the head at growing input sizes, then fine-tunes, each step "
        "only as long as it gains. Fixed does what the settings say. A choice of freezing, epochs or another setting "
        "of the training makes it fixed.",
        choices={"automatic": "Automatic", "fixed": "Fixed"},
    )
    budget: float = _basic(
        0.0,
        "Time limit",
        "With Automatic: how many seconds the run may take, from pressing Train to the test result. 0 trains until it "
        "no longer gains.",
        ge=0,
        le=1e6,
    )
    epochs: int = _basic(10, "Epochs", "How many times training goes through all training pictures.", ge=1, le=10_000)
    batch_size: int = _advanced(
        64,
        "Batch size",
        "Pictures per training step. Smaller batches need less memory.",
        ge=1,
        le=4096,
    )
    learning_rate: float = _basic(
        1e-3,
        "Learning rate",
        "How large the steps are. Too large: the loss jumps or rises. Too small: it hardly falls.",
        gt=0,
        le=10,
    )
    optimizer: Literal["adamw", "sgd", "adam"] = _advanced(
        "adamw",
        "Optimizer",
        "How a step changes the weights. AdamW is a safe choice; SGD often needs a ten times larger learning rate.",
        choices={"adamw": "AdamW", "sgd": "SGD with momentum", "adam": "Adam"},
    )
    weight_decay: float = _advanced(
        0.01,
        "Weight decay",
        "Pulls weights toward zero, which reduces overfitting.",
        ge=0,
        le=1,
    )
    schedule: Literal["cosine", "one_cycle", "step", "constant"] = _advanced(
        "cosine",
        "Learning-rate schedule",
        "How the learning rate changes during the run. Cosine warms up briefly, then falls to almost zero.",
        choices={
            "cosine": "Cosine with warm-up",
            "one_cycle": "One cycle",
            "step": "Step (a tenth after each third)",
            "constant": "Constant",
        },
    )
    label_smoothing: float = _advanced(
        0.0,
        "Label smoothing",
        "Keeps the model from becoming overconfident. 0.1 is common; 0 turns it off. Not used while the head warms up.",
        ge=0,
        lt=1,
    )
    mixup: float = _advanced(
        0.0,
        "Mixup",
        "Blends pairs of pictures, or of their cached features, and their labels, which reduces overfitting (Zhang et "
        "al. 2018). The number is alpha: 0.2 blends little, 1 a lot; 0 turns it off. Not used while the head warms up.",
        ge=0,
        le=10,
    )
    early_stopping: int = _advanced(
        0,
        "Early stopping",
        "Stop after this many epochs without a better validation accuracy (patience). 0 turns it off.",
        ge=0,
        le=1000,
    )
    class_weighting: Literal["none", "balanced"] = _advanced(
        "none",
        "Class weighting",
        "“Balanced” weights the loss so that each class counts the same, however many pictures it has.",
        choices={"none": "None", "balanced": "Balanced"},
    )
    sampling: Literal["all", "balanced"] = _advanced(
        "all",
        "Sampling",
        "Which pictures an epoch goes through. “Each once” takes all of them. “Balanced” shows equally many of each "
        "class: it repeats pictures of small classes (oversampling) and alternates among those of large ones.",
        choices={"all": "Each once", "balanced": "Balanced"},
    )
