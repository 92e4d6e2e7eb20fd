"""The command `self-test`, which an administrator runs first: checks that everything works on this computer."""

from collections.abc import Callable, Generator
from typing import Annotated, Any

import typer
from rich.markup import escape

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.output import show, write_json
from stl_tl_gui.engine.self_test import Finding
from stl_tl_gui.engine.self_test import self_test as check

_COLORS = {"passed": "green", "failed": "red", "skipped": "yellow"}


def self_test(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per check to stdout.")] = False,
    window: Annotated[bool, typer.Option(help="Also open the window for a moment.")] = True,
) -> int:
    """Check that everything works on this computer: folders, window, pictures, devices, training, prediction.

    Prints one line for each check. Exit code 0: nothing failed.
    """

    def watch(event: object) -> None:
        if isinstance(event, Finding):
            write_json(event.to_dict()) if as_json else _say(event)

    def job(should_stop: Callable[[], bool]) -> Generator[Any, None, list[Finding]]:
        return (yield from check(should_stop, window=window))

    findings = follow(job, quiet=as_json, watch=watch)
    return int(any(finding.outcome == "failed" for finding in findings))


def _say(finding: Finding) -> None:
    color = _COLORS[finding.outcome]
    line = f"[{color}]{finding.outcome:<8}[/{color}]{escape(finding.title)}: {escape(finding.detail)}"
    show(f"{line} [dim]({finding.seconds:.1f} s)[/dim]")
