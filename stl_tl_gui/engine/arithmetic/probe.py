"""Probe: time the candidate number formats and memory orders on this computer, and remember the fastest."""

import copy
import logging
import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import nn

from stl_tl_gui.engine.arithmetic.depthwise import for_training
from stl_tl_gui.engine.arithmetic.folding import for_inference
from stl_tl_gui.engine.arithmetic.formats import GAIN, Arithmetic, RunArithmetic, untried
from stl_tl_gui.engine.arithmetic.remembered import remember, remembered
from stl_tl_gui.engine.errors import Cancelled
from stl_tl_gui.engine.events import Event, Progress
from stl_tl_gui.engine.machine.device import half_precisions, machine_name
from stl_tl_gui.engine.machine.randomness import seeded
from stl_tl_gui.engine.models.model import build_model, parts
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.settings.timm_models import backbone_row

_FEW_PICTURES = 1000
_SHORT = 3.0
"""A run of fewer pictures in all, or fewer seconds, is done before tuning pays off."""
_SHARE = 0.2
"""At most about this share of the time that the run would take is spent on tuning."""
_STEP = 0.06
"""Seconds that a step should take at most: it is timed with fewer pictures where a whole batch takes longer."""
_FEWEST, _PIXELS = 16, 16 * 112**2
"""Pictures in a timed step, at least: with few, the time for the weights hides the time that counts with many. Of large
ones, fewer show as much, and need less memory."""
_ROUNDS = 3
"""How often each candidate is timed, in turn; its best time counts, since other programs can only slow it down."""
_HOPELESS = (1.5, 1.2)
"""A candidate that took this many times as long as the best in the first round, or in two, is not timed again."""
_ENOUGH = 1.5
"""After this many seconds no candidate is timed again."""
_REVISION = 4
"""Counts changes to how candidates compute: results remembered from before a change are not used."""
_TOLERANCE = 0.1
"""Largest relative difference from float32 that counts as rounding."""


def choose_arithmetic(
    settings: TrainSettings,
    n_classes: int,
    device: torch.device,
    frozen: int,
    steps: int,
    should_stop: Callable[[], bool],
) -> Generator[Event, None, RunArithmetic]:
    """The fastest arithmetic for a run of `steps` optimizer steps whose first `frozen` stages do not learn.

    Candidates are timed with random weights and pictures: training on the part that learns (for a head alone it
    is not worth it), inference on the whole model. A candidate counts only when it computes what float32 does, to
    within 10%: in training the loss and the length of the gradient, in inference the logits.
    Rounding to bfloat16 changes most of these by less than 1%, and by 5% in a ResNet-50, whose many layers of random
    weights amplify it; what overflows or is broken is not a number or far off.

    What the settings ask for is used as it is. The result is remembered for similar runs; a run too short for tuning
    takes a candidate that is always right. Yields Progress. Raises Cancelled.
    """
    candidates = _candidates(settings, device)
    safe = untried(device) if untried(device) in candidates else candidates[0]
    unprobed = RunArithmetic(safe, safe, device.type)
    if len(candidates) == 1 or steps * settings.batch_size < _FEW_PICTURES:
        return unprobed
    key = _key(settings, n_classes, device, frozen, candidates, steps)
    known = remembered().get(key)
    if known is not None:
        return known
    try:
        found = yield from _probed(_Probe(settings, n_classes, device, frozen), candidates, steps, should_stop)
    except (RuntimeError, MemoryError):  # PyTorch's, most likely out of memory, which the run will explain
        logging.getLogger(__name__).info("Tuning for this computer failed", exc_info=True)
        return unprobed
    choice = RunArithmetic(found.get("training", safe), found.get("inference", safe), device.type)
    remember(key, choice)  # also that it was not worth it, whatever longer runs find: the same run gets the same again
    return choice


def _probed(
    probe: "_Probe", candidates: list[Arithmetic], steps: int, should_stop: Callable[[], bool]
) -> Generator[Progress, None, dict[str, Arithmetic]]:
    """The fastest candidates for "training" and "inference"; empty where trying them takes longer than it saves."""
    batch = probe.batch_worth_trying(candidates, steps)
    if batch is None:
        return {}
    kinds = {"inference": probe.infer} if probe.only_head else {"training": probe.train, "inference": probe.infer}
    each = len(candidates) * _ROUNDS
    found = {}
    for index, (kind, attempt) in enumerate(kinds.items()):
        done, total = index * each, len(kinds) * each
        found[kind] = yield from _fastest(candidates, partial(attempt, batch), done, total, should_stop)
    return found


def _candidates(settings: TrainSettings, device: torch.device) -> list[Arithmetic]:
    """What the settings allow and the device supports, float32 and channels first at the front."""
    precisions: list[str] = [settings.precision]
    if settings.precision == "auto":
        precisions = ["float32", *half_precisions(device)]
    orders = [settings.memory_format == "channels_last"]
    if settings.memory_format == "auto":
        orders = [False] if device.type == "mps" else [False, True]
    return [Arithmetic(precision, last) for precision in precisions for last in orders]


@dataclass(frozen=True)
class _Tried:
    """One step, computed and timed."""

    figures: tuple[torch.Tensor, ...]
    """What was computed."""
    seconds: float

    def agrees_with(self, other: "_Tried") -> bool:
        """False also where something is not a number."""
        pairs = zip(self.figures, other.figures, strict=True)
        return all(bool((ours - theirs).norm() <= _TOLERANCE * theirs.norm()) for ours, theirs in pairs)


def _fastest(
    candidates: list[Arithmetic],
    attempt: Callable[[Arithmetic, int], _Tried],
    first: int,
    total: int,
    should_stop: Callable[[], bool],
) -> Generator[Progress, None, Arithmetic]:
    """Time each candidate several times in turn, so that a busy moment does not decide. `first` of `total` are done."""
    started = time.perf_counter()
    plain: _Tried | None = None  # the first candidate's first try, with which all others must agree
    seconds = {candidates[0]: math.inf}
    for turn in range(_ROUNDS):
        for number, candidate in enumerate(candidates, first + turn * len(candidates) + 1):
            if should_stop():
                raise Cancelled
            if turn == 0 or (
                seconds.get(candidate, math.inf) < _HOPELESS[turn - 1] * min(seconds.values())
                and time.perf_counter() - started < _ENOUGH
            ):
                tried = attempt(candidate, 2 if turn == 0 else 1)  # the first one prepares memory and kernels
                plain = plain or tried
                if tried.agrees_with(plain):
                    seconds[candidate] = min(seconds.get(candidate, math.inf), tried.seconds)
            yield Progress(stage="Tuning for this computer (first run only)", done=number, total=total, unit="")
    best = min(seconds, key=lambda candidate: seconds[candidate])
    speedup = seconds[candidates[0]] / seconds[best]
    return replace(best, speedup=speedup) if speedup >= GAIN else replace(candidates[0], speedup=1.0)


class _Probe:
    """A model of random weights, and random pictures, to time candidates on. Leaves random states alone."""

    def __init__(self, settings: TrainSettings, n_classes: int, device: torch.device, frozen: int) -> None:
        self.settings = settings
        self.device = device
        row = backbone_row(settings.backbone)
        self.only_head = frozen == len(row.stages)
        with seeded(0, self.device):
            self.model = build_model(settings.backbone, n_classes, settings.input_size).to(device)
        pieces = parts(self.model, row)
        self.frozen = nn.Sequential(*pieces[:frozen])
        self.learning = nn.Sequential(*pieces[frozen:])
        self.n_classes = n_classes
        enough = max(_FEWEST // 4, min(_FEWEST, _PIXELS // settings.input_size**2))
        self.fewest = min(enough, settings.batch_size)
        self._draw(self.fewest)

    def _draw(self, batch: int) -> None:
        """Draw as many pictures as are needed: a head alone can learn in batches of thousands."""
        size = self.settings.input_size
        with seeded(0, self.device):
            self.pictures = torch.randn(batch, 3, size, size, device=self.device)
            with torch.no_grad():
                shape = self.frozen.eval()(self.pictures[:1]).shape[1:]
            self.inputs = torch.randn(batch, *shape, device=self.device) if len(self.frozen) else self.pictures
            self.targets = torch.randint(self.n_classes, (batch,), device=self.device)

    def batch_worth_trying(self, candidates: list[Arithmetic], steps: int) -> int | None:
        """With how many pictures to time a step, or None when the run is done before tuning pays off."""
        settings, fewest = self.settings, self.fewest
        pictures = steps * settings.batch_size
        if self.only_head:  # what takes time is computing the frozen layers, once for each version of a picture
            pictures = pictures * (1 + min(settings.views, settings.epochs)) // settings.epochs
        attempt = self.infer if self.only_head else self.train
        for_one = attempt(fewest, candidates[0], 2).seconds / fewest
        run, tries = pictures * for_one, 3 * len(candidates)
        if run < _SHORT or fewest * for_one * tries > _SHARE * run:
            return None
        step = min(_STEP, _SHARE * run / tries)
        batch = max(fewest, min(settings.batch_size, int(step / for_one)))
        self._draw(batch)
        return batch

    def train(self, batch: int, candidate: Arithmetic, times: int) -> _Tried:
        """Loss and gradient, computed that many times. The optimizer's step is left out: it is the same for all."""
        scale = 256.0 if candidate.precision == "float16" else 1.0  # small gradients would be lost
        with seeded(0, self.device):
            model = for_training(copy.deepcopy(self.learning).train(), self.device, candidate)
            for module in model.modules():
                if isinstance(module, nn.Dropout):  # what it leaves out depends on the memory order
                    module.eval()

            def step() -> torch.Tensor:
                model.zero_grad()
                with candidate.autocast(self.device):
                    logits = model(candidate.lay_out(self.inputs[:batch])).float()
                    loss = nn.functional.cross_entropy(logits, self.targets[:batch])
                (loss * scale).backward()  # type: ignore[no-untyped-call]
                return loss.detach()

            loss, seconds = self._timed(step, times)
            gradient = torch.nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None])
            return _Tried((loss, gradient / scale), seconds)

    def infer(self, batch: int, candidate: Arithmetic, times: int) -> _Tried:
        """Logits, computed that many times."""
        compute = for_inference(self.model, self.device, candidate)
        logits, seconds = self._timed(lambda: compute(self.pictures[:batch]), times)
        return _Tried((logits,), seconds)

    def _timed(self, step: Callable[[], torch.Tensor], times: int) -> tuple[torch.Tensor, float]:
        """What a step computes, and its best time."""
        seconds = math.inf
        for _ in range(times):
            started = self._now()
            figures = step()
            seconds = min(seconds, self._now() - started)
        return figures, seconds

    def _now(self) -> float:
        """The time when the device has finished its work."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        return time.perf_counter()


def _key(
    settings: TrainSettings, n_classes: int, device: torch.device, frozen: int, candidates: list[Arithmetic], steps: int
) -> str:
    """All that decides which candidate is the fastest, and, roughly, whether it was worth trying."""
    facts = (
        *(machine_name(device), torch.get_num_threads(), torch.__version__, _REVISION),
        *(settings.backbone, settings.input_size, settings.batch_size, n_classes, frozen, steps.bit_length()),
        *(
            f"{candidate.precision} {'channels last' if candidate.channels_last else 'channels first'}"
            for candidate in candidates
        ),
    )
    return " | ".join(map(str, facts))
