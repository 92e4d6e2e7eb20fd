"""Runs the checks one after the other."""

import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from stl_tl_gui.engine.errors import Cancelled, UserError
from stl_tl_gui.engine.events import Progress
from stl_tl_gui.engine.self_test.checks import Check, CheckContext, Skipped, checks

Outcome = Literal["passed", "failed", "skipped"]


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    name: str
    """A word: “training”."""
    title: str
    """For display: “Training”."""
    outcome: Outcome
    detail: str
    """What was found, or why it failed or was skipped."""
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)


def self_test(
    should_stop: Callable[[], bool] = lambda: False, *, window: bool = True, todo: Sequence[Check] | None = None
) -> Generator[Progress | Finding, None, list[Finding]]:
    """Run all checks, or those in `todo`, in a temporary folder. Raises Cancelled.

    Without `window`, no window is opened. A check that fails does not stop the others.
    """
    findings = []
    with tempfile.TemporaryDirectory(prefix="stl-tl-gui self-test ", ignore_cleanup_errors=True) as folder:
        context = CheckContext(Path(folder), should_stop)
        wanted = [check for check in (checks() if todo is None else todo) if window or check.name != "window"]
        for done, check in enumerate(wanted):
            yield Progress(stage=f"Self-test: {check.title}", done=done, total=len(wanted), unit="checks")
            if should_stop():
                raise Cancelled
            finding = _finding(check, context)
            findings.append(finding)
            yield finding
    return findings


def _finding(check: Check, context: CheckContext) -> Finding:
    began = time.perf_counter()
    outcome: Outcome = "passed"
    try:
        detail = check.do(context)
    except Skipped as reason:
        outcome, detail = "skipped", str(reason)
    except Cancelled:
        raise
    except UserError as error:
        outcome, detail = "failed", str(error)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is what the test was made to find
        outcome, detail = "failed", f"{type(error).__name__}: {error}"
    return Finding(check.name, check.title, outcome, detail, round(time.perf_counter() - began, 2))
