"""Estimate: time and memory of a run, from a few steps on random pictures."""

import math
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

import torch

from stl_tl_gui.engine.arithmetic import inference_batch
from stl_tl_gui.engine.data import Dataset, open_dataset
from stl_tl_gui.engine.data.loading import PackedImages, bytes_in_memory, take
from stl_tl_gui.engine.data.splits import splitting_of
from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Event, Progress, ShouldStop, result_of
from stl_tl_gui.engine.machine.device import choose_device, device_title, free_on, give_back
from stl_tl_gui.engine.machine.memory import forget_peak, peak_memory
from stl_tl_gui.engine.machine.randomness import Randomness
from stl_tl_gui.engine.settings.phases import Phase
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.training.automatic import planned
from stl_tl_gui.engine.training.failures import known_reason
from stl_tl_gui.engine.training.features import Features, Inputs, Pixels, views_of
from stl_tl_gui.engine.training.features import bytes_in_memory as features_in_memory
from stl_tl_gui.engine.training.learner import Learner
from stl_tl_gui.engine.training.memory_need import SHARE, choose_microbatch
from stl_tl_gui.engine.training.preparation import arithmetic_for, changes_in, fit_batch, fit_size
from stl_tl_gui.engine.training.steps import cut_evenly
from stl_tl_gui.engine.training.work import measure_work, reading_seconds

_WARM_UP = 2
"""First steps, not timed: they set up memory and kernels."""
_STEPS, _SECONDS = 20, 0.8
"""At most this many steps are timed, and none starts after this many seconds."""


class EstimateFailed(UserError):
    """Not a single step was possible with these settings."""


@dataclass(frozen=True)
class PhaseEstimate:
    """Epochs in which the same layers learn. Times in seconds."""

    epochs: int
    preparing: float
    """Before the first epoch: computing the features of frozen layers, where they are cached."""
    per_epoch: float
    """Training and validation."""
    needed: int = 0
    """Bytes on top of what is in use before, if each batch is computed at once."""
    parts: int = 1
    """In how many parts each batch is computed, so that it fits into what is free."""


@dataclass(frozen=True)
class Estimate:
    """Time, in seconds, and memory of a run. Does not count on features cached by earlier runs."""

    reading: float
    """Decoding all pictures; 0 where they are cached."""
    phases: tuple[PhaseEstimate, ...]
    evaluating: float
    """Computing the result at the end."""
    memory: int | None
    """Peak in bytes: of the whole app on a CPU, of GPU memory on a GPU. None where the system does not say."""
    device: str
    on_gpu: bool
    first_result: float | None = None
    """Until Automatic has its first model; None for fixed recipes."""
    pictures: int = 0
    """Bytes of decoded pictures in memory: 0 where they are cached in files, which is the usual case."""
    free: int | None = None
    """Bytes of memory that the run can take on the device; None where unknown."""

    @property
    def needed(self) -> int:
        """Bytes of memory that the run takes if each batch is computed at once."""
        return max(phase.needed for phase in self.phases) + (0 if self.on_gpu else self.pictures)

    @property
    def parts(self) -> int:
        """In how many parts batches are computed, at most."""
        return max(phase.parts for phase in self.phases)

    @property
    def is_tight(self) -> bool:
        """Whether the run needs more than should be taken of what is free."""
        return self.free is not None and self.needed > SHARE * self.free

    @property
    def preparing(self) -> float:
        """Before the first step."""
        return self.reading + self.phases[0].preparing

    @property
    def total(self) -> float:
        phases = sum(phase.preparing + phase.epochs * phase.per_epoch for phase in self.phases)
        return self.reading + phases + self.evaluating


def estimate(settings: TrainSettings, should_stop: ShouldStop = lambda: False) -> Generator[Event, None, Estimate]:
    """Time some steps of a run with these settings, and infer the rest from the number of pictures.

    Weights are random, which does not affect the time, so none are downloaded; compiling is left out. Keeps nothing but
    which arithmetic is fastest. Ignores early stopping. Takes a few seconds. Yields Progress. Raises what opening
    data raises, TimmMissing, NoSuchModel, UnknownStage, BatchTooLarge, DeviceUnusable, EstimateFailed, Cancelled.
    """
    settings = fit_size(settings).model_copy(update={"compile": "off"})
    data = yield from open_dataset(settings.data, splitting_of(settings), should_stop)
    settings = fit_batch(settings, data)
    device = choose_device(settings.device)
    arithmetic = yield from arithmetic_for(settings, data, device, should_stop)
    try:
        knows_peak = _forget_peak(device)
        learner = Learner(settings, data.class_names, data.class_counts("train"), None, device, arithmetic)
        yield Progress(stage="Measuring", done=0, total=0)
        found = _measured(learner, data, should_stop)
        return found if knows_peak else replace(found, memory=None)
    except (RuntimeError, MemoryError) as error:
        reason = known_reason(error)
        if reason is None:
            raise
        raise EstimateFailed(reason) from error


def _measured(learner: Learner, data: Dataset, should_stop: ShouldStop) -> Estimate:
    splits = data.splits
    if learner.asked.recipe == "automatic":
        return _of_automatic(learner, data, should_stop)
    phases, for_one, free = list[PhaseEstimate](), 0.0, free_on(learner.device)
    for phase in learner.phases:
        learner.go_to(phase)
        measured, for_one = _phase(learner, len(splits["train"]), len(splits["val"]), should_stop)
        phases.append(measured)
    last = splits[data.evaluation_split()]
    reading = sum(reading_seconds(splits[name], learner.preprocessing) for name in ("train", "val"))
    evaluating = len(last) * for_one + (0.0 if last is splits["val"] else reading_seconds(last, learner.preprocessing))
    device = learner.device
    peak = torch.cuda.max_memory_reserved(device) if device.type == "cuda" else peak_memory()
    pictures = sum(bytes_in_memory(splits[name], learner.preprocessing) for name in ("train", "val"))
    on_gpu = device.type != "cpu"
    return Estimate(
        reading, tuple(phases), evaluating, peak, device_title(device), on_gpu, pictures=pictures, free=free
    )


def _of_automatic(learner: Learner, data: Dataset, should_stop: ShouldStop) -> Estimate:
    """What Automatic does at most."""
    free = free_on(learner.device)
    rows, *others = planned(learner.asked, result_of(measure_work(learner, data, should_stop)))
    phases = []
    for phase, seconds in rows + [(phase, 0.0) for plan in others for phase, _ in plan]:  # all have to fit into memory
        needed, parts = _need(learner, phase, data, should_stop)
        phases.append(PhaseEstimate(0, seconds, 0.0, needed, parts))
    device, on_gpu = device_title(learner.device), learner.device.type != "cpu"
    return Estimate(0.0, tuple(phases), 0.0, None, device, on_gpu, free=free, first_result=rows[0][1])


def _need(learner: Learner, phase: Phase, data: Dataset, should_stop: ShouldStop) -> tuple[int, int]:
    """Bytes that a phase needs if each batch is computed at once, and in how many parts that is done."""
    learner.go_on_with(phase)
    learner.go_to(phase)
    if phase.fits:
        return 0, 1
    few = _few_inputs(learner, 2, len(data.splits["train"]), len(data.splits["val"]), should_stop)
    return few.need(learner)


def _phase(learner: Learner, n_train: int, n_val: int, should_stop: ShouldStop) -> tuple[PhaseEstimate, float]:
    """The learner's current phase, and the seconds in which the whole model predicts one picture."""
    settings = learner.settings
    pictures = max(settings.batch_size, inference_batch(settings.input_size))
    few = _few_inputs(learner, pictures, n_train, n_val, should_stop)
    needed, parts = few.need(learner)
    step = _step(learner, _repeated(few.train, n_train), should_stop)
    validating, for_one_more = _validation(learner, few.val, n_val, should_stop)
    per_epoch = step * n_train / settings.batch_size + validating
    return PhaseEstimate(learner.phase.epochs, few.preparing, per_epoch, needed, parts), few.for_one + for_one_more


@dataclass(frozen=True)
class _FewInputs:
    """Inputs of random pictures for a phase, and what those of all pictures take."""

    train: Inputs
    val: Inputs
    preparing: float = 0.0
    """Seconds to compute the features of all pictures."""
    for_one: float = 0.0
    """Seconds to compute the features of one."""
    kept: int = 0
    """Bytes of all features in memory."""

    def need(self, learner: Learner) -> tuple[int, int]:
        """Bytes that the phase needs if each batch is computed at once, and in how many parts that is done."""
        need, _ = choose_microbatch(learner, self.train)
        batch_size = learner.settings.batch_size
        return self.kept + need.of(batch_size), len(cut_evenly(batch_size, learner.microbatch))


def _few_inputs(learner: Learner, few: int, n_train: int, n_val: int, should_stop: ShouldStop) -> _FewInputs:
    frozen, changing = learner.cached_stages(), changes_in(learner, "training")
    pool = _random_pictures(few, learner.settings.input_size, len(learner.class_names))
    if not frozen:
        val = Pixels(pool, learner.preprocessing, changes_in(learner, "validation"))
        return _FewInputs(Pixels(pool, learner.preprocessing, changing), val)
    features, for_one = _features(learner, pool, should_stop)
    views = len(views_of(changing, min(learner.settings.views, learner.phase.epochs)))
    n = n_train * views + n_val
    return _FewInputs(
        Features([features] * views, pool.targets, frozen),
        Features([features], pool.targets, frozen),
        n * for_one,
        for_one,
        features_in_memory(n * features[0].nbytes),
    )


@dataclass(frozen=True)
class _Repeated:
    """A few inputs, repeated to stand for many."""

    few: Inputs
    targets: torch.Tensor

    @property
    def first(self) -> int:
        return self.few.first

    def gather(self, indices: torch.Tensor, random: Randomness) -> torch.Tensor:
        return self.few.gather(indices % len(self.few.targets), random)

    def prepare(self, gathered: torch.Tensor, random: Randomness) -> torch.Tensor:
        return self.few.prepare(gathered, random)


def _repeated(few: Inputs, n: int) -> _Repeated:
    """Few inputs as if there were n."""
    return _Repeated(few, few.targets.repeat(math.ceil(n / len(few.targets)))[:n])


def _random_pictures(n: int, size: int, n_classes: int) -> PackedImages:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (n, 3, size, size), dtype=torch.uint8, generator=generator)
    targets = torch.randint(n_classes, (n,), generator=generator)
    return PackedImages(partial(take, pixels), targets, (), "")


def _features(learner: Learner, pool: PackedImages, should_stop: ShouldStop) -> tuple[torch.Tensor, float]:
    """Features (n, ...) of the pool, and the seconds that one picture takes."""
    part, kept, times = learner.parts.frozen(learner.cached_stages()), list[torch.Tensor](), list[float]()
    for indices in torch.split(torch.arange(len(pool)), inference_batch(learner.settings.input_size)):
        for _ in range(1 if times else _WARM_UP):
            if should_stop():
                raise Cancelled
            started = time.perf_counter()
            pixels = pool.pixels(indices).to(part.device)
            features = part.compute(part.preprocessing.normalize(pixels)).to(part.dtype).cpu()
            seconds = (time.perf_counter() - started) / len(indices)
        times.append(seconds)
        kept.append(features)
    rows = torch.empty((len(pool), *features.shape[1:]), dtype=part.dtype)  # with the strides that `take` asks for
    return rows.copy_(torch.cat(kept)), min(times)


def _step(learner: Learner, inputs: Inputs, should_stop: ShouldStop) -> float:
    """Seconds of one step on a whole batch."""
    n, times = len(inputs.targets), list[float]()
    passes = math.ceil((_WARM_UP + _STEPS) * learner.settings.batch_size / n)
    batches = [batch for _ in range(passes) for batch in torch.split(torch.arange(n), learner.settings.batch_size)]
    whole = [batch for batch in batches if len(batch) == learner.settings.batch_size]
    learner.batch = 0
    with closing(learner.batches(inputs, whole[: _WARM_UP + _STEPS])) as going:
        started = last = time.perf_counter()
        for batch in going:
            if should_stop():
                raise Cancelled
            learner.sums.add(learner.step(inputs, batch, len(whole)))
            now = time.perf_counter()
            times.append(now - last)
            last = now
            if len(times) > _WARM_UP and now - started > _SECONDS:
                break
    learner.batch = 0
    return median(times[_WARM_UP:] or times)


def _validation(learner: Learner, few: Inputs, n: int, should_stop: ShouldStop) -> tuple[float, float]:
    """Seconds to validate on n pictures, and for each further one."""
    batch = inference_batch(learner.settings.input_size)

    def seconds(n: int) -> float:
        started = time.perf_counter()
        if learner.validate(_repeated(few, n), should_stop) is None:
            raise Cancelled
        return time.perf_counter() - started

    seconds(1)
    one, two = seconds(batch), seconds(2 * batch)
    for_one = max(two - one, 0.0) / batch
    return one + (n - batch) * for_one if n > batch else one * n / batch, for_one


def _forget_peak(device: torch.device) -> bool:
    """Reset the memory peak; returns whether that is possible."""
    give_back(device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return True
    return device.type == "cpu" and forget_peak()
