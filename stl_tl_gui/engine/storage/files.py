"""Atomic writing: a file is complete or missing."""

import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import IO


def write_atomically(
    path: Path, content: bytes | None = None, *, write: Callable[[IO[bytes]], object] | None = None
) -> None:
    """Replace a file whole or not at all, even if the process dies: written beside it, flushed to disk, then renamed.

    Give either the bytes or `write`, a function that writes to the open binary file.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.partial")
    try:
        with temporary.open("xb") as file:
            if write is not None:
                write(file)
            else:
                assert content is not None
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
