"""Flags that several commands share: made from the settings, so that form, flags and JSON agree."""

import inspect
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from stl_tl_gui.engine.settings.settings import (
    TrainSettings,
    choices,
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]


RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or a name that “runs” lists.")]


def setting_flag(name: str) -> inspect.Parameter:
    """The flag of a setting: its help, its choices and its default come from TrainSettings."""
    field = TrainSettings.model_fields[name]
    allowed = choices(name)
    text = (field.description or "") + (f" One of: {', '.join(allowed)}." if allowed else "")
    kind = field.annotation if field.annotation in (int, float) else str
    flag = "--" + name.replace("_", "-")
    return inspect.Parameter(
        name,
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[
            kind | None, typer.Option(flag, help=text, show_default=str(field.default), rich_help_panel=_group(name))
        ],
    )


def _group(name: str) -> str:
    extra = TrainSettings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["group"])


def several(text: str, names: Iterable[str]) -> Any:
    return typer.Option(help=f"{text} May be given several times. One of: {', '.join(names)}.")
