"""Features of any pictures, from the frozen backbone that comes with the app: what likeness builds on."""

from collections.abc import Generator

import numpy as np
import torch

from stl_tl_gui.engine.arithmetic import RunArithmetic
from stl_tl_gui.engine.data.augmentation import Augmentation
from stl_tl_gui.engine.data.dataset import ImageSet
from stl_tl_gui.engine.data.loading import pack
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.events import Notice, Progress, ShouldStop
from stl_tl_gui.engine.machine.device import choose_device
from stl_tl_gui.engine.models.weight_store import fetch_imagenet_weights
from stl_tl_gui.engine.models.weights import load_imagenet_weights
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.settings.timm_models import backbone_row
from stl_tl_gui.engine.training.features import compute_features
from stl_tl_gui.engine.training.learner import Learner

_SIZE = 160


class PicturesUnreadable(UserError):
    """Pictures that could be listed can no longer be read."""


def picture_features(
    images: ImageSet, should_stop: ShouldStop, size: int = _SIZE
) -> Generator[Progress | Notice, None, torch.Tensor]:
    """Features (n, d) of unit length, float32, on the CPU; kept in the cache for the next time.

    `size`: of the model's input, in pixels. Raises WeightsMissing, PicturesUnreadable, Cancelled.
    """
    settings = make_settings({"input_size": size, "freeze": "head"})
    row = backbone_row(settings.backbone)
    path = yield from fetch_imagenet_weights(row, should_stop)
    weights, device = load_imagenet_weights(row, path), choose_device(settings.device)
    learner = Learner(settings, ("any", "other"), np.ones(2), weights, device, RunArithmetic())
    packed = yield from pack(images, learner.preprocessing, "Reading pictures", should_stop)
    if packed.unreadable:
        raise PicturesUnreadable(f"“{packed.unreadable[0].id}” {packed.unreadable[0].reason}. Open the data again.")
    frozen = learner.parts.frozen(len(row.stages))
    stage = "Looking at the pictures"
    found = yield from compute_features(packed, frozen, Augmentation(), 1, stage, should_stop)
    if found is None:
        raise PicturesUnreadable("There is no room to keep the features of these pictures.")
    features = found.views[0].float().flatten(2).mean(2) if found.views[0].ndim == 4 else found.views[0].float()
    return torch.nn.functional.normalize(features.flatten(1), dim=1)
