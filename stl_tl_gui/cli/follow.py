"""Runs a job in a terminal: its events as one line each, a progress bar below, Ctrl+C to stop and save."""

import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager
from queue import SimpleQueue
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape

from stl_tl_gui.cli.output import messages
from stl_tl_gui.engine import events
from stl_tl_gui.engine.events import Result, ShouldStop, result_of
from stl_tl_gui.engine.machine.signals import stopping_signals
from stl_tl_gui.words.progress import amount_in_words
from stl_tl_gui.words.quantities import rough_duration
from stl_tl_gui.words.run import machine_in_full, phase_in_words

if TYPE_CHECKING:
    from stl_tl_gui.engine.runs.run import Run


class EventPrinter:
    """A context in which events are printed. `quiet` prints only notices."""

    def __init__(self, console: Console, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._chooses = True
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # slow: not for --help

        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}"),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),
            disable=quiet or not console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None, rate="", amount="")

    def __enter__(self) -> "EventPrinter":
        self._bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bar.stop()

    def on_event(self, event: object) -> None:
        """Show one event; ignores values of other kinds."""
        match event:
            case events.Progress():
                self._advance(event.stage, event.done, event.total, amount=amount_in_words(event))
            case events.BatchEnd():
                stage = f"Epoch {event.epoch}, loss {event.loss:.3f}"
                self._advance(stage, event.batch, event.batches, f"{event.images_per_second:.0f} pictures/s")
            case events.RateTried():
                self._advance("Trying learning rates", event.step, event.steps, f"{event.rate:.1e}")
            case _:
                if isinstance(event, events.RunStart):
                    self._chooses = event.settings.get("protocol") != "stl10"
                text = _sentence(event, chooses=self._chooses)
                if text and not (self._quiet and not isinstance(event, events.Notice)):
                    self._console.print(text, markup=False)

    def _advance(self, stage: str, done: int, total: int, rate: str = "", amount: str = "") -> None:
        amount = amount or (f"{done}/{total}" if total else "")
        self._bar.update(self._task, description=stage, completed=done, total=total or None, rate=rate, amount=amount)


def _sentence(event: object, *, chooses: bool) -> str | None:
    """`chooses`: whether the best epoch counts, not the last."""
    match event:
        case events.RunStart():
            learn = f"{event.trainable_parameters:,} of {event.parameters:,} parameters are trained"
            name = event.settings["backbone"]
            pictures = ", ".join(f"{count:,} {split}" for split, count in event.counts.items())
            if not event.epochs:
                learn = f"{event.parameters:,} parameters, Automatic"
            return f"{name} on {pictures} pictures; {learn}; {machine_in_full(event)}."
        case events.PhaseStart(input_size=size) if size:
            expected = event.expected_seconds
            return phase_in_words(event) + (f": about {rough_duration(expected)}." if expected else ".")
        case events.PhaseStart(phase="all"):
            return f"From epoch {event.epoch} on, all {event.trainable_parameters:,} parameters are trained."
        case events.EpochEnd():
            best = " (best so far)" if event.best and chooses else ""
            return (
                f"Epoch {event.epoch}: loss {event.train_loss:.3f}, accuracy {event.train_accuracy:.1%}; "
                f"validation loss {event.val_loss:.3f}, accuracy {event.val_accuracy:.1%}{best}; "
                f"{event.seconds:.1f} s."
            )
        case events.EvaluationEnd():
            read = f"; {event.unreadable:,} others could not be read" if event.unreadable else ""
            return f"{event.split} accuracy {event.accuracy:.1%} on {event.count:,} pictures{read}."
        case events.RunEnd() | events.Notice():
            return event.message
    return None


Job = Callable[[ShouldStop], Generator[Any, None, Result]]


@contextmanager
def stop_on_signal() -> Generator[ShouldStop, None, None]:
    """Ctrl+C, SIGTERM and a closed terminal ask the job to stop and save; a second Ctrl+C stops at once.

    A signal may arrive in the middle of a print, which cannot be restarted: a thread reports it.
    """
    asked: SimpleQueue[bool] = SimpleQueue()  # its `put` may interrupt itself, an Event's `set` may not
    numbers: list[int] = []

    def ask(number: int, _frame: object) -> None:
        if numbers and number == signal.SIGINT:
            raise KeyboardInterrupt
        numbers.append(number)
        asked.put(True)

    def tell() -> None:
        if asked.get():
            messages.print("Stopping after this batch…")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    previous = {number: signal.signal(number, ask) for number in stopping_signals()}
    try:
        yield lambda: bool(numbers)
    finally:
        for number, action in previous.items():
            signal.signal(number, action)
        asked.put(False)
        teller.join()


def follow(job: Job[Result], quiet: bool = False, watch: Callable[[object], object] = lambda event: None) -> Result:
    """Run a job to its end, show its events on stderr and pass them to `watch`; returns its result."""
    with stop_on_signal() as should_stop, EventPrinter(messages, quiet) as printer:

        def see(event: object) -> None:
            printer.on_event(event)
            watch(event)

        return result_of(job(should_stop), see)


def follow_run(job: "Job[Run]") -> int:
    """Train to the end, print the run folder and return the exit code."""
    from stl_tl_gui.cli.transfer import say_transfer  # numpy: not for --help

    last: deque[object] = deque(maxlen=1)
    run = follow(job, watch=last.append)
    messages.print(f"Run folder: {escape(str(run.folder))}")
    say_transfer(run)
    return 1 if isinstance(last[0], events.RunEnd) and last[0].reason == "failed" else 0
