"""What happens during a job, as frozen values: yielded by the engine, logged as JSON lines."""

from collections.abc import Callable, Generator
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

ShouldStop = Callable[[], bool]
"""Asked by a job between its steps: whether to stop."""
Result = TypeVar("Result")

RunReason = Literal["completed", "early_stopped", "stopped", "failed"]


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="strings", protected_namespaces=())

    time: float = 0.0
    """Seconds since 1970, set when the event is logged."""


class Computation(BaseModel):
    """The number format and memory order in which a model computes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    precision: str
    channels_last: bool = False
    speedup: float | None = None
    """How many times as fast as float32, channels first; None where it was not tried."""


class RunStart(_Event):
    """A run starts, or continues after a stop (`epochs_done` > 0 or `batches_done` > 0)."""

    event: Literal["run_start"] = "run_start"
    run: str
    settings: dict[str, Any]
    class_names: list[str]
    counts: dict[str, int]
    """Pictures per split."""
    parameters: int
    trainable_parameters: int
    device: str
    precision: str
    training: Computation | None = None
    """None only in logs of version 0.1.0."""
    inference: Computation | None = None
    """For frozen layers, validation, the test and later predictions."""
    arithmetic: str = ""
    """A sentence in place of the two above, only in logs of version 0.1.0."""
    epochs: int
    """Planned ones; 0 where that is decided on the way."""
    batches_per_epoch: int
    epochs_done: int = 0
    batches_done: int = 0


class Progress(_Event):
    """Progress of something slow: reading pictures, downloading, predicting."""

    event: Literal["progress"] = "progress"
    stage: str
    """What is being done, in words."""
    done: int
    total: int
    """0 when not known."""
    unit: str = "pictures"
    """What is counted; “bytes” are shown as MB or GB."""
    rate: float = 0.0
    """Units per second, where that is known."""

    @property
    def seconds_left(self) -> float | None:
        """Time left at this rate; None if not known."""
        return (self.total - self.done) / self.rate if self.rate > 0 and self.total else None


class Notice(_Event):
    """A sentence the user should read, such as a picture that was left out."""

    event: Literal["notice"] = "notice"
    message: str


class PhaseStart(_Event):
    """Other layers learn from now on, such as all layers after the head's warm-up."""

    event: Literal["phase_start"] = "phase_start"
    epoch: int
    phase: Literal["head", "stages", "all"]
    """What learns: the head, the head and some stages, or all layers."""
    trainable_parameters: int
    input_size: int = 0
    """Side of the pictures in pixels from now on; 0: as the settings say."""
    epochs: int = 0
    """How many epochs it has; 0: as the settings say."""
    expected_seconds: float | None = None
    """How long the phase will probably take, where that was measured."""


class BatchEnd(_Event):
    """One optimizer step is done."""

    event: Literal["batch_end"] = "batch_end"
    epoch: int
    """1-based."""
    batch: int
    """1-based, within the epoch."""
    batches: int
    step: int
    """1-based, since the start of the run."""
    loss: float
    learning_rate: float
    images_per_second: float


class RateTried(_Event):
    """One step of the learning-rate finder is done. It belongs to no run."""

    event: Literal["rate_tried"] = "rate_tried"
    rate: float
    """As the setting `learning_rate`."""
    loss: float
    smoothed_loss: float
    step: int
    """1-based."""
    steps: int
    """At most: it ends early when the loss diverges."""


class EpochEnd(_Event):
    """One pass over the training pictures and one over the validation pictures are done. Accuracies are in [0, 1]."""

    event: Literal["epoch_end"] = "epoch_end"
    epoch: int
    train_loss: float
    train_accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    images_per_second: float
    seconds: float
    class_accuracies: tuple[float | None, ...] = ()
    """Share of the validation pictures of each class that are right, in the order of the classes; None for a class
    without such pictures. Empty where there are very many classes."""
    best: bool = False
    """Whether this epoch's model is kept: the one with the best validation accuracy so far, or the last one
    if no picture may be used to choose."""


class EvaluationEnd(_Event):
    """A split was predicted and its table written."""

    event: Literal["evaluation_end"] = "evaluation_end"
    split: Literal["val", "test", "train"]
    accuracy: float
    count: int
    loss: float
    predictions: str
    """File name of the table in the run folder."""
    data: str = ""
    """Empty for the data that the run was trained on, else the name of the other data."""
    unreadable: int = 0
    """Pictures of the split that could not be read, beyond `count`."""
    held_out: bool = False
    """Training pictures were predicted by the models of the other folds, which did not learn from them."""


class RunEnd(_Event):
    """The last event of a run, also of one that failed."""

    event: Literal["run_end"] = "run_end"
    reason: RunReason
    message: str
    best_val_accuracy: float | None = None
    test_accuracy: float | None = None
    seconds: float = 0.0


Event = Annotated[
    RunStart | Progress | Notice | PhaseStart | BatchEnd | RateTried | EpochEnd | EvaluationEnd | RunEnd,
    Field(discriminator="event"),
]

_adapter: TypeAdapter[Event] = TypeAdapter(Event)


def from_json(line: str | bytes) -> Event:
    """The event of one line of `events.jsonl`. Raises pydantic's ValidationError for anything else."""
    return _adapter.validate_json(line)


def result_of(job: Generator[Any, None, Result], each: Callable[[Any], object] = lambda event: None) -> Result:
    """Run a job to its end, pass each of its events on, and return its result."""
    while True:
        try:
            event = next(job)
        except StopIteration as stop:
            result: Result = stop.value
            return result
        each(event)
