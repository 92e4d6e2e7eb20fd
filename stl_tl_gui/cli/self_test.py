"""The command that an administrator runs first: whether everything works on this computer."""

import json
import sys
from collections.abc import Callable, Generator
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from stl_tl_gui.engine.self_test import Finding, self_test

_COLOURS = {"passed": "green", "failed": "red", "skipped": "yellow"}


def self_test_command(follow: Callable[..., Any]) -> Callable[..., int]:
    """The command; `follow` runs a job to its end and hands each event on."""

    def check(
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per part to stdout.")] = False,
        window: Annotated[bool, typer.Option(help="Also open the window for a moment.")] = True,
    ) -> int:
        """Check that everything works here: folders, window, pictures, devices, training, prediction.

        Prints one line for each. Exit code 0: nothing failed.
        """
        say = _say_json if as_json else _say

        def watch(event: object) -> None:
            if isinstance(event, Finding):
                say(event)

        def job(should_stop: Callable[[], bool]) -> Generator[Any, None, list[Finding]]:
            return (yield from self_test(should_stop, window=window))

        findings = follow(job, as_json, watch)
        return int(any(finding.outcome == "failed" for finding in findings))

    return check


def _say(finding: Finding) -> None:
    colour = _COLOURS[finding.outcome]
    console = Console(width=None if sys.stdout.isatty() else 1000, highlight=False)
    line = f"[{colour}]{finding.outcome:<8}[/{colour}]{escape(finding.title)}: {escape(finding.detail)}"
    console.print(f"{line} [dim]({finding.seconds:.1f} s)[/dim]")


def _say_json(finding: Finding) -> None:
    sys.stdout.write(json.dumps(finding.to_dict()) + "\n")
    sys.stdout.flush()
