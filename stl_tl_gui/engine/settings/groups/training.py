"""Settings of the training: how long, in which steps, and what guards against overfitting and unequal classes."""

from typing import Literal

from stl_tl_gui.engine.settings.groups.setting import Settings, setting


class TrainingSettings(Settings):
    """Epochs, optimizer, learning rate, regularization and class balance."""

    epochs: int = setting(
        10, "Training", "Epochs", "How many times training goes through all training pictures.", ge=1, le=10_000
    )
    batch_size: int = setting(
        64,
        "Training",
        "Batch size",
        "Pictures per training step. Smaller batches need less memory.",
        ge=1,
        le=4096,
        advanced=True,
    )
    learning_rate: float = setting(
        1e-3,
        "Training",
        "Learning rate",
        "How large the steps are. Too large: the loss jumps or rises. Too small: it hardly falls.",
        gt=0,
        le=10,
    )
    optimizer: Literal["adamw", "sgd", "adam"] = setting(
        "adamw",
        "Training",
        "Optimizer",
        "How a step changes the weights. AdamW is a safe choice; SGD often needs a ten times larger learning rate.",
        choices={"adamw": "AdamW", "sgd": "SGD with momentum", "adam": "Adam"},
        advanced=True,
    )
    weight_decay: float = setting(
        0.01,
        "Training",
        "Weight decay",
        "Pulls weights toward zero, which reduces overfitting.",
        ge=0,
        le=1,
        advanced=True,
    )
    schedule: Literal["cosine", "one_cycle", "step", "constant"] = setting(
        "cosine",
        "Training",
        "Learning-rate schedule",
        "How the learning rate changes during the run. Cosine warms up briefly, then falls to almost zero.",
        choices={
            "cosine": "Cosine with warm-up",
            "one_cycle": "One cycle",
            "step": "Step (a tenth after each third)",
            "constant": "Constant",
        },
        advanced=True,
    )
    label_smoothing: float = setting(
        0.0,
        "Training",
        "Label smoothing",
        "Keeps the model from becoming overconfident. 0.1 is common; 0 turns it off. Not used while the head warms up.",
        ge=0,
        lt=1,
        advanced=True,
    )
    early_stopping: int = setting(
        0,
        "Training",
        "Early stopping",
        "Stop after this many epochs without a better validation accuracy (patience). 0 turns it off.",
        ge=0,
        le=1000,
        advanced=True,
    )
    class_weighting: Literal["none", "balanced"] = setting(
        "none",
        "Training",
        "Class weighting",
        "“Balanced” weights the loss so that each class counts the same, however many pictures it has.",
        choices={"none": "None", "balanced": "Balanced"},
        advanced=True,
    )
    sampling: Literal["all", "balanced"] = setting(
        "all",
        "Training",
        "Sampling",
        "Which pictures an epoch goes through. “Each once” takes all of them. “Balanced” shows equally many of each "
        "class: it repeats pictures of small classes (oversampling) and alternates among those of large ones.",
        choices={"all": "Each once", "balanced": "Balanced"},
        advanced=True,
    )
