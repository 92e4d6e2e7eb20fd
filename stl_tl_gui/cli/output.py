"""Where a command's output goes: results to stdout, messages to stderr."""

import json
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

from rich.console import Console, RenderableType


class _Stderr:
    """Standard error, which may be a terminal that is gone: then it takes what is written, and no command fails."""

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr, name)


messages = Console(file=cast("TextIO", _Stderr()), highlight=False, soft_wrap=True)


def show(*results: RenderableType, markup: bool = True) -> None:
    """Print tables or lines to stdout. A pipe has no width: nothing is squeezed there."""
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    for result in results:
        console.print(result, markup=markup, soft_wrap=isinstance(result, str))


def write(text: object) -> None:
    """Print a line to stdout as it is."""
    sys.stdout.write(f"{text}\n")


def write_json(document: Any) -> None:
    """Print one JSON document to stdout."""
    write(json.dumps(document))
    sys.stdout.flush()
