"""One drawn picture from a class name and a random generator: scene, object, cover, camera."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick
from stl_tl_gui.engine.data.sample.colors import Color, vary
from stl_tl_gui.engine.data.sample.craft import CRAFT
from stl_tl_gui.engine.data.sample.hoofed import HOOFED
from stl_tl_gui.engine.data.sample.pen import Drawing, Pen, Pose
from stl_tl_gui.engine.data.sample.pets import PETS
from stl_tl_gui.engine.data.sample.scenes import cover, scatter, scene
from stl_tl_gui.engine.data.sample.wheels import WHEELS
from stl_tl_gui.engine.data.sample.wild import WILD

SIDE = 96
_FINER = 2  # drawn this many times larger, then reduced, for soft edges

DRAWINGS: dict[str, tuple[Drawing, ...]] = dict(sorted((CRAFT | HOOFED | PETS | WHEELS | WILD).items()))
CLASS_NAMES: tuple[str, ...] = tuple(DRAWINGS)
"""STL-10's ten classes, in STL-10's (alphabetic) order."""


def draw(class_name: str, rng: Random) -> Image.Image:
    """A picture of the class, RGB, 96x96. The same generator state draws the same picture."""
    size = SIDE * _FINER
    image = scene(rng, size, class_name)
    scatter(image, rng, int(rng.integers(0, 5)), low=0.3)
    drawing = pick(rng, DRAWINGS[class_name])
    ink: Color | None = vary(rng, (40, 36, 40), 20) if chance(rng, 0.4) else None
    drawing.draw(Pen(image, _pose(rng, size, drawing.turn).matrix(), ink), rng)
    if chance(rng, 0.3):
        cover(image, rng)
    return _photographed(image.reduce(_FINER), rng)


def _pose(rng: Random, size: int, turn: float) -> Pose:
    scale = rng.uniform(0.40, 0.49)
    free = 0.03 + (0.5 - scale) * 0.5
    return Pose(
        x=size * (0.5 + rng.uniform(-free, free)),
        y=size * (0.5 + rng.uniform(-free, free)),
        scale=size * scale,
        turn=rng.uniform(-turn, turn),
        stretch=rng.uniform(0.9, 1.1),
        lean=rng.uniform(-0.08, 0.08),
        flipped=chance(rng, 0.5),
    )


def _photographed(image: Image.Image, rng: Random) -> Image.Image:
    """The picture with the faults of a camera: blur, light, cast, little color, noise."""
    if chance(rng, 0.3):
        image = image.filter(ImageFilter.BoxBlur(rng.uniform(0.4, 1.1)))
    if chance(rng, 0.05):
        image = image.convert("L").convert("RGB")
    pixels = np.asarray(image).astype(np.int16)
    contrast, light = int(rng.integers(82, 116)), int(rng.integers(-18, 19))
    cast = rng.integers(-12, 13, 3, dtype=np.int16)
    pixels = (pixels - 128) * contrast // 100 + (128 + light + cast)
    pixels += _noise(rng, int(rng.integers(1, 13)))
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _noise(rng: Random, amount: int) -> npt.NDArray[np.int16]:
    channels = pick(rng, (1, 3))
    return rng.integers(-amount, amount + 1, (SIDE, SIDE, channels), dtype=np.int16)
