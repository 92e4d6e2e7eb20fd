"""Preparation: what a run needs before its first step, and what a resumed run needs to continue as before."""

import platform
from collections.abc import Generator
from typing import Literal

import torch

from stl_tl_gui import __version__
from stl_tl_gui.engine.arithmetic import RunArithmetic, choose_arithmetic
from stl_tl_gui.engine.data import Dataset, open_dataset
from stl_tl_gui.engine.data.augmentation import Augmentation, augmentation_of
from stl_tl_gui.engine.data.loading import PackedImages
from stl_tl_gui.engine.data.splits import splitting_of
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Event, Notice, ShouldStop
from stl_tl_gui.engine.machine.compiling import require_compiler
from stl_tl_gui.engine.machine.device import DeviceUnusable, choose_device
from stl_tl_gui.engine.models.model import StateDict
from stl_tl_gui.engine.models.weight_store import fetch_imagenet_weights
from stl_tl_gui.engine.models.weights import load_imagenet_weights, load_named_weights, require_fit
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.run_data import facts_of_data
from stl_tl_gui.engine.runs.starting_points import weights_file
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.engine.settings.phases import phases
from stl_tl_gui.engine.settings.settings import TrainSettings, recommended
from stl_tl_gui.engine.settings.timm_models import backbone_row
from stl_tl_gui.engine.training.features import Inputs, Pixels, compute_features
from stl_tl_gui.engine.training.learner import Learner

_TYPICAL = 160
"""At this input size, in pixels, Automatic tries which arithmetic is the fastest."""

_SIZES = 4
"""About so many sizes it goes through."""

Kind = Literal["training", "validation"]


class NotLabeled(UserError):
    """Pictures without labels."""

    on_the_command_line = "stl-tl-gui labels DATA --read TABLE, or the Data page of the window"


class BatchTooLarge(UserError):
    """A batch larger than the training set."""


def prepare(settings: TrainSettings, should_stop: ShouldStop) -> Generator[Event, None, tuple[Learner, Dataset]]:
    """A learner at its first step, and its data. Its settings say where data and weights were found.

    Raises what opening data and weights raises, TimmMissing, NoSuchModel, WrongWeights, UnknownStage, BatchTooLarge,
    DeviceUnusable, NoCompiler, Cancelled.
    """
    row = backbone_row(settings.backbone)
    for phase in phases(settings):
        row.frozen_stages(phase.freeze)  # reports an unknown stage before anything is read
    if settings.input_size != fit_size(settings).input_size:
        settings = fit_size(settings)
        yield Notice(message=f"{row.short_title} takes pictures of {row.fixed_size} pixels only, so it gets those.")
    assert settings.protocol == "single" or settings.fold, "folds are separate runs"
    data = yield from open_dataset(settings.data, splitting_of(settings), should_stop)
    if data.unready:
        raise NotLabeled(data.unready)
    settings = fit_batch(settings, data)
    weights, head_classes, settings = yield from initial_weights(settings, should_stop)
    settings = settings.model_copy(update={"data": data.location})
    device = choose_device(settings.device)
    if settings.compile == "on":
        require_compiler(device)
    arithmetic = yield from arithmetic_for(settings, data, device, should_stop)
    names, counts = data.class_names, data.class_counts("train")
    return Learner(settings, names, counts, weights, device, arithmetic, head_classes=head_classes), data


def fit_size(settings: TrainSettings) -> TrainSettings:
    """Settings with the input size of a backbone that takes only one."""
    size = backbone_row(settings.backbone).fixed_size
    return settings.model_copy(update={"input_size": size}) if size else settings


def fit_batch(settings: TrainSettings, data: Dataset) -> TrainSettings:
    """Settings whose batch fits the data; lowers a batch size that the user did not choose. Raises BatchTooLarge."""
    n = len(data.splits["train"])
    if settings.batch_size <= n:
        return settings
    advised = recommended(settings.model_dump()).get("batch_size", TrainSettings.model_fields["batch_size"].default)
    if "batch_size" not in settings.model_fields_set or settings.batch_size == advised:
        return settings.model_copy(update={"batch_size": n})
    raise BatchTooLarge(
        f"The batch size ({settings.batch_size}) is larger than the number of training pictures ({n}). "
        f"Choose {n} or less."
    )


def initial_weights(
    settings: TrainSettings, should_stop: ShouldStop
) -> Generator[Event, None, tuple[StateDict | None, tuple[str, ...], TrainSettings]]:
    """The weights to start from, the classes of their head if known, and the settings with the file's full path."""
    row = backbone_row(settings.backbone)
    if settings.weights == "none":
        return None, (), settings
    if settings.weights == "imagenet":
        path = yield from fetch_imagenet_weights(row, should_stop)
        return load_imagenet_weights(row, path), (), settings
    path = weights_file(settings.weights)
    weights, classes = load_named_weights(path)
    require_fit(row, weights, weights_name(str(path)))
    return weights, classes, settings.model_copy(update={"weights": str(path)})


def facts_of(run: Run, data: Dataset, learner: Learner) -> dict[str, object]:
    """What is needed, besides the settings, to repeat the run."""
    return {
        **facts_of_data(run, data),
        "class_names": list(data.class_names),
        "device": str(learner.device),
        "arithmetic": learner.arithmetic.to_dict(),
        "threads": torch.get_num_threads(),
        "versions": {"app": __version__, "torch": torch.__version__, "python": platform.python_version()},
        "system": platform.platform(),
    }


def as_before(
    run: Run, settings: TrainSettings, data: Dataset, should_stop: ShouldStop
) -> Generator[Event, None, tuple[torch.device, RunArithmetic]]:
    """The device and arithmetic that the run had; others, with a Notice, where they are missing and settings allow."""
    facts = run.facts()
    try:
        device = choose_device(facts["device"])
    except DeviceUnusable:
        if settings.device != "auto":
            raise
        device = choose_device("auto")
        yield Notice(message=f"“{run.name}” was trained on {facts['device']} and continues on {device}.")
    known = RunArithmetic.of_run(facts)
    if known.works_on(device):
        return device, known
    other = yield from arithmetic_for(settings, data, device, should_stop)
    before, now = known.training.precision, other.training.precision
    if before != now:
        yield Notice(message=f"“{run.name}” was trained in {before} and continues in {now}.")
    return device, other


def arithmetic_for(
    settings: TrainSettings, data: Dataset, device: torch.device, should_stop: ShouldStop
) -> Generator[Event, None, RunArithmetic]:
    """How to compute: for the last phase, which takes most of the time."""
    phase = phases(settings)[-1]
    frozen = backbone_row(settings.backbone).frozen_stages(phase.freeze)
    steps = phase.epochs * len(batch_sizes(len(data.splits["train"]), settings.batch_size))
    if settings.recipe == "automatic":
        settings = settings.model_copy(update={"input_size": settings.input_size or _TYPICAL, "epochs": 1})
        steps *= _SIZES
    return (yield from choose_arithmetic(settings, len(data.class_names), device, frozen, steps, should_stop))


def changes_in(learner: Learner, kind: Kind) -> Augmentation:
    """How the pictures are augmented in the current phase."""
    if learner.phase.fits:
        return Augmentation()
    changing = augmentation_of(learner.settings) if kind == "training" else Augmentation()
    return changing.orientations() if learner.phase.warms_up else changing  # more does a head no good


def inputs_of(
    learner: Learner, images: PackedImages, kind: Kind, should_stop: ShouldStop
) -> Generator[Event, None, Inputs]:
    """The learner's inputs in the current phase: cached features of frozen layers, or else the pictures."""
    settings, changing = learner.settings, changes_in(learner, kind)
    if learner.cached_stages():
        views, stage = min(settings.views, learner.phase.epochs), f"Computing features of the {kind} pictures"
        frozen = learner.parts.frozen(learner.cached_stages())
        features = yield from compute_features(images, frozen, changing, views, stage, should_stop)
        if features is not None:
            return features
    return Pixels(images, learner.preprocessing, changing)


def batch_sizes(n: int, batch_size: int) -> list[int]:
    """How an epoch of n pictures is cut. A last batch of one joins the one before: BatchNorm cannot learn from one."""
    sizes = [batch_size] * (n // batch_size) + ([n % batch_size] if n % batch_size else [])
    if len(sizes) > 1 and sizes[-1] == 1:
        sizes[-2:] = [sizes[-2] + 1]
    return sizes
