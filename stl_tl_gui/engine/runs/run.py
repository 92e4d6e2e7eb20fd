"""Run: one folder with all of a run. See the contract in docs/run-folder.md."""

import json
import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar

from filelock import FileLock, Timeout
from pydantic import ValidationError

from stl_tl_gui.engine.errors import UserError, reported_as
from stl_tl_gui.engine.events import Event, Progress, RunStart, ShouldStop, from_json
from stl_tl_gui.engine.runs.history import History, history
from stl_tl_gui.engine.runs.notes import NO_NOTES, RunNotes, read_notes
from stl_tl_gui.engine.settings.settings import TrainSettings, load_settings
from stl_tl_gui.engine.storage.files import is_leftover, write_atomically
from stl_tl_gui.engine.storage.locks import locked
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.engine.storage.room import when_there_is_room

FORMAT = 1
SILENT_AFTER = 120.0
"""Where there are no locks: a run that has logged nothing for this many seconds counts as interrupted."""

_MOMENT = 0.2
"""Seconds to wait for a process that holds the lock only to check whether the run is training."""

Result = TypeVar("Result")
RunState = Literal["completed", "early_stopped", "stopped", "failed", "running", "interrupted"]
FINISHED: tuple[RunState, ...] = ("completed", "early_stopped")
"""States of runs that are trained and evaluated to the end."""


class RunExists(UserError):
    """The folder for a new run is already taken."""


class RunFolderNotWritable(UserError):
    """The run folder cannot be written."""


class NotARun(UserError):
    """A folder is not a run."""


class RunBusy(UserError):
    """Another process trains the run."""


@dataclass(frozen=True)
class Run:
    """One run folder: settings.json, events.jsonl, best.pt, last.pt, predictions.csv."""

    folder: Path

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def best(self) -> Path:
        return self.folder / "best.pt"

    @property
    def last(self) -> Path:
        return self.folder / "last.pt"

    @property
    def to_resume(self) -> Path | None:
        """The checkpoint to go on from: the last one, or the best where that is gone; None if there is none."""
        return next((path for path in (self.last, self.best) if path.exists()), None)

    @property
    def warm_up(self) -> Path:
        """The model after the head's warm-up; only for weight averaging (WiSE-FT)."""
        return self.folder / "warm_up.pt"

    @property
    def average(self) -> Path:
        """The average of the models that Automatic trained from the same start; only it reads it."""
        return self.folder / "average.pt"

    @property
    def corrections(self) -> Path:
        """The corrections of the data that the run was trained on, if there were any."""
        return self.folder / "corrections.json"

    @property
    def stop_request(self) -> Path:
        """A file that asks the process that trains the run to stop."""
        return self.folder / "stop"

    def predictions(self, split: str = "test", other_data: str = "") -> Path:
        """The prediction table of a split of the run's own data, or of other data by its name."""
        if other_data:
            return self.folder / f"predictions_{split}_of_{other_data}.csv"
        return self.folder / ("predictions.csv" if split == "test" else f"predictions_{split}.csv")

    def forget_predictions(self) -> None:
        """Remove the prediction tables of a model that is being replaced."""
        for path in self.folder.glob("predictions*.csv"):
            path.unlink(missing_ok=True)

    def require(self) -> None:
        """Raise NotARun if the folder is gone or is not a run."""
        self._document()

    def settings(self) -> TrainSettings:
        """Raises NotARun or InvalidSettings."""
        return load_settings(json.dumps(self._document()["settings"]))

    def created(self) -> datetime:
        """When it was made. Raises NotARun."""
        return _when(self._document().get("created"))

    def facts(self) -> dict[str, Any]:
        """What is needed to repeat the run besides its settings: data fingerprint, versions, device."""
        facts = self._document().get("facts", {})
        return facts if isinstance(facts, dict) else {}

    def update(self, *, settings: TrainSettings | None = None, facts: dict[str, Any] | None = None) -> None:
        """Replace the settings, and add facts or replace those of the same name."""
        document = self._document()
        if settings is not None:
            document["settings"] = settings.model_dump(mode="json")
        document["facts"] = {**document.get("facts", {}), **(facts or {})}
        write_atomically(self.folder / "settings.json", json.dumps(document, indent=2).encode())

    def _document(self) -> dict[str, Any]:
        path = self.folder / "settings.json"
        try:
            document = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            if not self.folder.exists():
                raise NotARun(f"The run “{self.folder}” does not exist. Choose another run.") from None
            raise NotARun(f"{self.folder} is not a run folder: settings.json is missing or damaged.") from None
        if not isinstance(document, dict) or not isinstance(document.get("settings"), dict):
            raise NotARun(f"{path} does not contain the settings of a run. Choose another folder.")
        format_ = document.get("format", 0)
        if not isinstance(format_, int):
            raise NotARun(f"{path} has no valid format number. Choose another folder.")
        if format_ > FORMAT:
            raise NotARun(f"{self.folder} was written by a newer version of this app. Update the app to open it.")
        return document

    def remove_partial_files(self) -> None:
        """Remove unfinished files of a process that was killed while writing."""
        for path in filter(is_leftover, list(self.folder.iterdir())):
            path.unlink(missing_ok=True)

    def log(self, event: Event) -> Event:
        """Append an event to events.jsonl, stamped with the time, and return it stamped."""
        stamped = event.model_copy(update={"time": time.time()})
        self._append(stamped)
        return stamped

    def _append(self, stamped: Event) -> None:
        with (self.folder / "events.jsonl").open("ab+") as file:
            if file.tell() and file.seek(-1, os.SEEK_END) and file.read(1) != b"\n":
                file.write(b"\n")  # the last process was killed while writing a line
            file.write(stamped.model_dump_json().encode() + b"\n")

    def logged(
        self, events: Generator[Event, None, Result], should_stop: ShouldStop = lambda: True
    ) -> Generator[Event, None, Result]:
        """Log the events except progress, and return what the generator returns. Waits for room on a full disk.

        When stopped meanwhile, and without `should_stop`, a full disk is an OSError.
        """
        while True:
            try:
                event = next(events)
            except StopIteration as stop:
                result: Result = stop.value
                return result
            if not isinstance(event, Progress):
                event = event.model_copy(update={"time": time.time()})
                yield from when_there_is_room(partial(self._append, event), should_stop)
            yield event

    def events(self, *, batches: bool = True) -> Iterator[Event]:
        """All events so far, oldest first. Lines cut short by a crash are skipped. Without `batches`, no BatchEnd.

        RunStart names the folder where the run is now, also after it was moved or copied.
        """
        path = self.folder / "events.jsonl"
        if not path.exists():
            return
        with path.open("rb") as file:  # a line cut short need not be valid text
            for line in file:
                if not batches and b'"event":"batch_end"' in line:
                    continue
                try:
                    event = from_json(line)
                except ValidationError:
                    continue
                yield event.model_copy(update={"run": str(self.folder)}) if isinstance(event, RunStart) else event

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the run for this process while it trains. The system releases the lock when the process dies.

        Raises RunBusy, NotARun.
        """
        self.require()  # the lock would create a missing folder
        busy = RunBusy(f"“{self.name}” is being trained by another window or command. Stop it there first.")
        with locked(self._lock_file, busy, patience=_MOMENT, remove=True):
            yield

    @property
    def _lock_file(self) -> Path:
        return self.folder / "run.lock"

    def state(self) -> RunState:
        """How the run ended, or whether it is still training."""
        return self.summary().state

    def history(self) -> History:
        """What the log says, without the batches."""
        return history(self.events(batches=False))

    def summary(self, log: History | None = None) -> "RunSummary":
        """The run's row in the table of runs; `log` is its history, where that was read already. Raises NotARun."""
        document = self._document()
        log = log or self.history()
        return RunSummary(
            run=self,
            settings=load_settings(json.dumps(document["settings"])),
            created=_when(document.get("created")),
            parameters=log.start.parameters if log.start else None,
            trainable_parameters=log.start.trainable_parameters if log.start else None,
            best_val_accuracy=log.best_val_accuracy,
            test_accuracy=log.test_accuracy,
            seconds=log.trained_for,
            epochs_done=log.epoch.epoch if log.epoch else 0,
            notes=read_notes(self.folder),
            state=log.end.reason if log.end else self._state_without_end(),
        )

    def is_locked(self) -> bool | None:
        """Whether a process trains the run; None where there is no lock file."""
        if not self._lock_file.exists():
            return None
        lock = FileLock(self._lock_file, blocking=False, thread_local=False)
        try:
            lock.acquire()
        except Timeout:
            return True
        except (OSError, NotImplementedError):
            return None
        lock.release()
        return False

    def _state_without_end(self) -> RunState:
        locked = self.is_locked()
        if locked is not None:
            return "running" if locked else "interrupted"
        log = self.folder / "events.jsonl"
        touched = log.stat().st_mtime if log.exists() else self.folder.stat().st_mtime
        return "running" if time.time() - touched < SILENT_AFTER else "interrupted"


@dataclass(frozen=True)
class RunSummary:
    """What the table of runs shows of one run. Accuracies are in [0, 1]."""

    run: Run
    settings: TrainSettings
    created: datetime
    parameters: int | None
    trainable_parameters: int | None
    best_val_accuracy: float | None
    test_accuracy: float | None
    seconds: float
    epochs_done: int
    state: RunState
    notes: RunNotes = NO_NOTES


def _when(seconds: object) -> datetime:
    try:
        return datetime.fromtimestamp(float(seconds))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0)


def create_run(settings: TrainSettings, folder: Path | None = None) -> Run:
    """Make a new run folder. Without `folder`, a fresh one, named by date and backbone, in the default place.

    Raises RunExists or RunFolderNotWritable.
    """
    try:
        if folder is None:
            name = settings.backbone.replace(":", " ")  # Windows allows no colon
            folder = _fresh(runs_folder(), f"{datetime.now():%Y-%m-%d %H.%M.%S} {name}")
        require_free(folder)
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        document = {"format": FORMAT, "created": time.time(), "settings": settings.model_dump(mode="json")}
        write_atomically(folder / "settings.json", json.dumps(document, indent=2).encode())
        Run(folder).remove_partial_files()
    except OSError as error:
        place, reason = folder or runs_folder(), error.strerror or error
        raise RunFolderNotWritable(
            f"The run folder “{place}” cannot be written: {reason}. Choose another folder."
        ) from None
    return Run(folder)


def require_free(folder: Path) -> None:
    """Raises RunExists, or RunFolderNotWritable, where a run would touch existing files."""
    with reported_as(RunFolderNotWritable, f"The run folder “{folder}” cannot be used", " Choose another name."):
        # fails for a name that is too long, and for a folder without permission
        free = not folder.exists() or (folder.is_dir() and all(map(is_leftover, folder.iterdir())))
    if not free:
        raise RunExists(f"“{folder}” already exists. Choose another name for the run.")


def _fresh(parent: Path, name: str) -> Path:
    """A new folder that no other process uses."""
    parent.mkdir(parents=True, exist_ok=True)
    folder, number = parent / name, 2
    while True:
        try:
            folder.mkdir()
        except FileExistsError:
            folder, number = parent / f"{name} ({number})", number + 1
        else:
            return folder


def open_run(folder: Path) -> Run:
    """The run in an existing folder, or of that name among the app's own runs. Raises NotARun."""
    run = Run(known_place(folder).resolve())
    run.require()
    return run


def known_place(place: Path) -> Path:
    """A file or folder; a name that is neither means the app's own run of that name."""
    own = runs_folder() / place
    with suppress(OSError):  # a name that is too long
        return own if len(place.parts) == 1 and not place.exists() and own.is_dir() else place
    return place


def find_runs(folder: Path | None = None) -> list[Run]:
    """The run folders directly inside a folder, by name. Their settings may be damaged."""
    parent = folder or runs_folder()
    with reported_as(NotARun, f"The folder of runs “{parent}” cannot be read"):
        entries = sorted(parent.iterdir()) if parent.is_dir() else []
    return [Run(entry) for entry in entries if os.path.isfile(entry / "settings.json")]  # noqa: PTH113 - never raises


def list_runs(folder: Path | None = None) -> list[RunSummary]:
    """All runs directly inside a folder, newest first. Other folders are skipped."""
    summaries = []
    for run in find_runs(folder):
        try:
            summaries.append(run.summary())
        except (UserError, OSError):  # such as one without read permission
            continue
    return sorted(summaries, key=lambda summary: summary.created, reverse=True)
