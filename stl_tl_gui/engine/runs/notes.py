"""What a user writes down about a run: a name of its own, a note, tags, a star. Kept in the run's folder."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stl_tl_gui.engine.errors import UserError, reported_as
from stl_tl_gui.engine.storage.files import write_atomically

FILE_NAME = "notes.json"


class NotesNotWritable(UserError):
    """The run folder cannot be written."""


class RunNotes(BaseModel):
    """Empty for most runs. Training never touches them."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str = Field(default="", max_length=200)
    """In place of the words that the app makes."""
    note: str = Field(default="", max_length=10_000)
    tags: tuple[str, ...] = ()
    starred: bool = False

    def changed(self, **values: Any) -> "RunNotes":
        """These with some other values, tidied: no spaces around texts, each tag once. Raises ValidationError."""
        merged = {**self.model_dump(), **values}
        merged["name"] = " ".join(str(merged["name"]).split())
        merged["note"] = str(merged["note"]).strip()
        merged["tags"] = tuple(dict.fromkeys(filter(None, (" ".join(tag.split()) for tag in merged["tags"]))))
        return RunNotes(**merged)


NO_NOTES = RunNotes()


def read_notes(folder: Path) -> RunNotes:
    """The notes in a run's folder; empty ones where there are none, or where the file is damaged."""
    try:
        return RunNotes(**json.loads((folder / FILE_NAME).read_bytes()))
    except (OSError, ValueError, TypeError, ValidationError):
        return NO_NOTES


def write_notes(folder: Path, notes: RunNotes) -> None:
    """Replace the notes of a run. Raises NotesNotWritable."""
    with reported_as(NotesNotWritable, f"The notes of “{folder.name}” cannot be written"):
        if notes == NO_NOTES:
            (folder / FILE_NAME).unlink(missing_ok=True)
        else:
            write_atomically(folder / FILE_NAME, notes.model_dump_json(indent=1).encode("utf-8", "backslashreplace"))
