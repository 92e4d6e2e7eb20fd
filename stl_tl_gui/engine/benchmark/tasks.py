"""The tasks of a benchmark: for each, the unit of its figures and what is measured alternately."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from stl_tl_gui.engine.benchmark.figures import Measured, Unit
from stl_tl_gui.engine.benchmark.inference_work import InferenceWork
from stl_tl_gui.engine.benchmark.peak import peak_megabytes
from stl_tl_gui.engine.benchmark.reaching_work import REACHING, ReachingWork, Rounds
from stl_tl_gui.engine.benchmark.settings import FROZEN_EPOCHS, TaskName
from stl_tl_gui.engine.benchmark.training_work import TrainingWork
from stl_tl_gui.engine.benchmark.workplace import Workplace
from stl_tl_gui.engine.machine.processes import seconds_of, seconds_to_window
from stl_tl_gui.engine.settings.backbones import BACKBONES

Measurement = Callable[[], Measured]


@dataclass(frozen=True)
class Task:
    """`measurements` are done once in each round, in this order."""

    unit: Unit
    measurements: Callable[[Workplace, str], list[Measurement]]
    with_backbone: bool = True
    once: bool = False
    """Whether one round is enough."""


def _train(place: Workplace, backbone: str) -> list[Measurement]:
    work = TrainingWork(place, backbone)
    return [work.plain, work.app, work.bare]


def _frozen(freeze: str, place: Workplace, backbone: str) -> list[Measurement]:
    work = TrainingWork(place, backbone, freeze, FROZEN_EPOCHS)
    return [work.plain, work.app]


@lru_cache(maxsize=1)
def _inference_work(place: Workplace, backbone: str) -> InferenceWork:
    """Cached, so that a backbone's model is trained once for all its tasks."""
    return InferenceWork(place, backbone)


def _evaluate(place: Workplace, backbone: str) -> list[Measurement]:
    work = _inference_work(place, backbone)
    return [work.evaluate_plain, work.evaluate_app, work.evaluate_bare]


def _photos(place: Workplace, backbone: str) -> list[Measurement]:
    work = _inference_work(place, backbone)
    return [work.photos_plain, work.photos_app]


def _drop(place: Workplace, backbone: str) -> list[Measurement]:
    work = _inference_work(place, backbone)
    return [work.drop_plain, work.drop_app]


@lru_cache(maxsize=1)
def _rounds(place: Workplace) -> Rounds:
    """Cached, so that the sides learn once for both accuracies."""
    return Rounds(place)


def _reach(share: float, place: Workplace, _backbone: str) -> list[Measurement]:
    work = ReachingWork(_rounds(place), share)
    return [*(partial(work.learn, side) for side in REACHING[:-1]), work.seconds]


def _peak(place: Workplace, backbone: str, data: Path) -> Measured:
    asked = {
        "--data": str(data),
        "--backbone": backbone,
        "--weights": "none",
        "--epochs": "1",
        "--input-size": str(place.settings.input_size),
        "--device": place.settings.device,
        "--run": str(place.fresh("run")),
    }
    with place.new_home():
        words = [word for pair in asked.items() for word in pair]
        return Measured({"app": peak_megabytes(["train", *words], place.should_stop)})


WORK: dict[TaskName, Task] = {
    "train": Task("pictures/s", _train),
    "head": Task("pictures/s", partial(_frozen, "head")),
    "stage": Task("pictures/s", lambda place, name: _frozen(BACKBONES[name].stages[-2].name, place, name)),
    "evaluate": Task("pictures/s", _evaluate),
    "photos": Task("pictures/s", _photos),
    "drop": Task("ms", _drop),
    "start": Task("s", lambda place, _: [lambda: Measured({"app": seconds_of("--help")})], with_backbone=False),
    "window": Task("s", lambda place, _: [lambda: Measured({"app": seconds_to_window()})], with_backbone=False),
    "memory": Task("MB", lambda place, name: [lambda: _peak(place, name, place.training_data)], once=True),
    "memory_unlabeled": Task(
        "MB", lambda place, name: [lambda: _peak(place, name, place.data_with_unlabeled)], once=True
    ),
    "reach_90": Task("s", partial(_reach, 0.90), with_backbone=False),
    "reach_95": Task("s", partial(_reach, 0.95), with_backbone=False),
}
