"""The command `find-learning-rate`: the same flags as `train`; prints the suggestion, or all that was tried as JSON."""

import inspect
import json
import math
import sys
from collections.abc import Callable, Generator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from stl_tl_gui.engine.settings.presets import from_preset
from stl_tl_gui.engine.settings.settings import TrainSettings, make_settings

if TYPE_CHECKING:
    from stl_tl_gui.engine.training.range_test import RangeTest

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]
Follow = Callable[[Job, bool], Any]
"""Runs a job to its end, quietly or not, and shows its events."""

_messages = Console(stderr=True, highlight=False, soft_wrap=True)


def finder_command(follow: Follow, flag: Callable[[str], inspect.Parameter]) -> Callable[..., int]:
    """The command. `flag` gives the flag of a setting."""
    preset = Annotated[str | None, typer.Option(help="A set of settings to begin with; other flags go first.")]
    as_json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
    keyword = inspect.Parameter.KEYWORD_ONLY
    options = [
        inspect.Parameter("preset", keyword, default=None, annotation=preset),
        *(flag(name) for name in TrainSettings.model_fields if name != "learning_rate"),
        inspect.Parameter("as_json", keyword, default=False, annotation=as_json),
    ]

    def command(preset: str | None, as_json: bool, **values: Any) -> int:
        return find(follow, preset, as_json, {name: value for name, value in values.items() if value is not None})

    command.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    command.__annotations__ = {option.name: option.annotation for option in options}
    command.__doc__ = (
        "Try learning rates for a run with these settings and suggest one. No run is made. Exit code 1 where none is "
        "better than another."
    )
    return command


def find(follow: Follow, preset: str | None, as_json: bool, chosen: dict[str, Any]) -> int:
    """Print the suggested rate to stdout. Returns 1 where there is none, else 0."""
    settings = make_settings(from_preset(preset, chosen) if preset else chosen)
    from stl_tl_gui.engine.training.learning_rate_finder import (
        find_learning_rate,  # torch: after the settings were found right
    )

    found: RangeTest = follow(lambda should_stop: find_learning_rate(settings, should_stop), as_json)
    if as_json:
        sys.stdout.write(json.dumps(_document(found)) + "\n")
    else:
        _messages.print(escape(found.why))
        if found.suggestion is not None:
            sys.stdout.write(f"{found.suggestion:g}\n")
    return int(found.suggestion is None)


def _document(found: "RangeTest") -> dict[str, Any]:
    """What is no number is null: JSON has no word for it."""
    document = asdict(found)
    for name in ("losses", "smoothed"):
        document[name] = [value if math.isfinite(value) else None for value in document[name]]
    return document
