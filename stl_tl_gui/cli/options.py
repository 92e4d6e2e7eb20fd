"""Flags that several commands share; those of settings come from TrainSettings, as do the form and the JSON."""

import inspect
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperOption

from stl_tl_gui.engine.settings.groups.augmentation import ITEMS
from stl_tl_gui.engine.settings.presets import PRESETS
from stl_tl_gui.engine.settings.settings import TrainSettings, choices

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
RunFolder = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder, or a name from “stl-tl-gui runs”.")]
_PRESETS = ", ".join(name.lower().replace(" ", "-") for name in PRESETS)
Preset = Annotated[str | None, typer.Option(help=f"Start from a set of settings; other flags override it: {_PRESETS}.")]


class TrainingCommand(TyperCommand):
    """A command with the flags of settings: its help lists the devices of this computer."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        from stl_tl_gui.engine.machine.device import devices_here  # torch: only where it is read

        listed = ", ".join(f"{value} ({name})" for value, name in devices_here().items())
        for flag in self.params:
            if isinstance(flag, TyperOption) and flag.name == "device":
                flag.help = f"{TrainSettings.model_fields['device'].description} Here: {listed}."
        super().format_help(ctx, formatter)


def with_settings(*left_out: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command a flag for each setting except those left out; it receives the given ones as keywords."""

    def decorate(function: Callable[..., int]) -> Callable[..., int]:
        keyword, rest = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD
        own = [each for each in inspect.signature(function).parameters.values() if each.kind is not rest]
        flags = [setting_flag(name) for name in TrainSettings.model_fields if name not in left_out]

        def command(**values: Any) -> int:
            unset = {flag.name for flag in flags if values[flag.name] is None}
            return function(**{name: value for name, value in values.items() if name not in unset})

        parameters = [*(each.replace(kind=keyword) for each in own), *flags]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        command.__name__, command.__doc__ = function.__name__, function.__doc__
        return command

    return decorate


def setting_flag(name: str) -> inspect.Parameter:
    """The flag of a setting: its help, its choices and its default come from TrainSettings."""
    field = TrainSettings.model_fields[name]
    allowed = choices(name)
    text = (field.description or "") + (f" One of: {', '.join(allowed)}." if allowed else "")
    kind = field.annotation if field.annotation in (int, float) else str
    flag = "--" + name.replace("_", "-")
    usual = "as --augmentation says" if name in ITEMS else str(field.default)
    option = typer.Option(flag, help=text, show_default=usual, rich_help_panel=_group(name))
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def several(text: str, names: Iterable[str] = ()) -> Any:
    """An option that can be repeated."""
    known = ", ".join(names)
    return typer.Option(help=f"{text} Repeat the flag for several." + (f" One of: {known}." if known else ""))


def _group(name: str) -> str:
    extra = TrainSettings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return str(extra["group"])
