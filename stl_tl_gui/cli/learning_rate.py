"""The command `find-learning-rate`: the flags of `train`; prints the suggestion, or all tries as JSON."""

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from stl_tl_gui.cli.chosen import chosen_settings
from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.options import Json, Preset, with_settings
from stl_tl_gui.cli.output import messages, write, write_json

if TYPE_CHECKING:
    from stl_tl_gui.engine.training.range_test import RangeTest


@with_settings("learning_rate")
def find_learning_rate(preset: Preset = None, as_json: Json = False, **chosen: Any) -> int:
    """Try learning rates for these settings and suggest one. Makes no run. Exit code 1 if no rate stands out."""
    settings = chosen_settings(preset, chosen)
    from stl_tl_gui.engine.training import learning_rate_finder  # torch: only for valid settings

    found = follow(lambda should_stop: learning_rate_finder.find_learning_rate(settings, should_stop), quiet=as_json)
    if as_json:
        write_json(_document(found))
    else:
        messages.print(escape(found.why))
        if found.suggestion is not None:
            write(f"{found.suggestion:g}")
    return int(found.suggestion is None)


def _document(found: "RangeTest") -> dict[str, Any]:
    """Infinite and undefined losses become null: JSON has no word for them."""
    document = asdict(found)
    for name in ("losses", "smoothed"):
        document[name] = [value if math.isfinite(value) else None for value in document[name]]
    return document
