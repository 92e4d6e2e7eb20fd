"""An unpacked bundle, what it runs in, and its processes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from environment import Problem

COMMAND = "stl-tl-gui"
LINUX = sys.platform.startswith("linux")


class Failed(Exception):
    """What did not go as it should."""


@dataclass
class Place:
    """An unpacked bundle and what it runs in."""

    folder: Path
    home: Path
    prefix: list[str] = field(default_factory=list)
    """What a command begins with to be cut off from the network."""

    @property
    def program(self) -> Path:
        """What is started from a terminal."""
        if sys.platform == "darwin":
            return next(self.folder.glob("*.app")) / "Contents" / "MacOS" / COMMAND
        return self.folder / (f"{COMMAND}.exe" if os.name == "nt" else COMMAND)

    def environment(self, **more: str) -> dict[str, str]:
        """Nothing of this machine's settings but what Windows cannot start a program without."""
        kept = {name: os.environ[name] for name in ("SystemRoot", "TEMP", "TMP", "windir") if name in os.environ}
        home = {"HOME": str(self.home), "USERPROFILE": str(self.home), "LOCALAPPDATA": str(self.home / "data")}
        empty = self.home / "empty"
        empty.mkdir(exist_ok=True)
        return {**kept, **home, "PATH": str(empty), "LANG": "C.UTF-8", **more}

    def run(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """A command to its end, within ten minutes."""
        return subprocess.run(
            [*self.prefix, str(self.program), *arguments],
            env=self.environment(**more),
            cwd=self.home,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=600,
            check=False,
        )


@contextmanager
def process(place: Place, *arguments: str, **more: str) -> "Iterator[subprocess.Popen[bytes]]":
    """A program that runs meanwhile; ended in the end."""
    command = [*place.prefix, str(place.program), *arguments]
    with (place.home / "output.txt").open("wb") as output:
        running = subprocess.Popen(command, env=place.environment(**more), cwd=place.home, stdout=output, stderr=output)
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
                raise Problem("The window did not close within 20 seconds of being asked to.") from None
