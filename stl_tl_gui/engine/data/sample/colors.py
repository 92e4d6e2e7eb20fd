"""The colors of what is drawn, and colors near them."""

from collections.abc import Sequence

from stl_tl_gui.engine.data.sample.choices import Random, chance, pick

Color = tuple[int, int, int]

FURS: tuple[Color, ...] = (
    (139, 94, 60), (196, 154, 108), (132, 130, 128), (70, 60, 56), (214, 132, 58),
    (228, 208, 174), (236, 234, 228), (96, 100, 112), (158, 84, 50), (178, 120, 74),
)  # fmt: skip
PAINTS: tuple[Color, ...] = (
    (206, 48, 44), (40, 96, 190), (240, 190, 40), (52, 142, 76), (236, 122, 40), (236, 236, 232),
    (42, 150, 160), (124, 72, 156), (52, 54, 62), (150, 156, 164), (228, 120, 150), (140, 40, 52),
)  # fmt: skip
BLACK: Color = (30, 28, 32)
WHITE: Color = (246, 246, 242)
GLASS: Color = (158, 206, 228)
STEEL: Color = (120, 126, 134)
TIRE: Color = (42, 42, 46)


def shade(color: Color, factor: float) -> Color:
    """Darker below 1, lighter (towards white) above."""
    if factor <= 1:
        return (round(color[0] * factor), round(color[1] * factor), round(color[2] * factor))
    return mix(color, (255, 255, 255), factor - 1)


def mix(first: Color, second: Color, part: float) -> Color:
    """Between two colors: `part` 0 is the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * part) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def vary(rng: Random, color: Color, amount: int = 22) -> Color:
    """A neighboring color."""
    red, green, blue = (min(255, max(0, c + int(rng.integers(-amount, amount + 1)))) for c in color)
    return (red, green, blue)


def fur(rng: Random, usual: Sequence[Color]) -> Color:
    """The color of an animal: more often than not one of its kind's usual ones."""
    return vary(rng, pick(rng, usual if chance(rng, 0.6) else FURS), 16)


def paint(rng: Random) -> Color:
    """The color of a made thing."""
    return vary(rng, pick(rng, PAINTS))
