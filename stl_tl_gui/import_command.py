"""The commands that unpack archives, STL-10's and others, and print the folder to train on."""

import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Annotated, Any

import typer

from stl_tl_gui.engine.data.picture_archive import import_picture_archive
from stl_tl_gui.engine.data.stl10_archive import default_folder, import_archive

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]


def import_command(follow: Callable[[Job], Any]) -> Callable[..., int]:
    """The command. `follow` runs a job to its end and shows its progress."""

    def command(
        archive: Annotated[Path, typer.Argument(help="The file stl10_binary.tar.gz.", metavar="ARCHIVE")],
        to: Annotated[Path | None, typer.Option(help="Folder to make. Default: among the app's own data.")] = None,
        unlabeled: Annotated[
            bool, typer.Option("--unlabeled/--no-unlabeled", help="Also the 100,000 unlabelled pictures (2.7 GB).")
        ] = True,
    ) -> int:
        """Unpack the official STL-10 archive, once its checksum is right. Prints the folder, for --data."""
        folder = to or default_folder()
        follow(lambda should_stop: import_archive(archive, folder, should_stop, unlabeled=unlabeled))
        sys.stdout.write(f"{folder}\n")
        return 0

    return command


def import_pictures_command(follow: Callable[[Job], Any]) -> Callable[..., int]:
    """The command. `follow` runs a job to its end and shows its progress."""

    def command(
        archive: Annotated[Path, typer.Argument(help="A zip or tar of class folders.", metavar="ARCHIVE")],
        to: Annotated[Path | None, typer.Option(help="Folder to make. Default: among the app's own data.")] = None,
    ) -> int:
        """Unpack an archive of pictures, safely and whole. Prints the folder, for --data."""
        folder = follow(lambda should_stop: import_picture_archive(archive, should_stop, to))
        sys.stdout.write(f"{folder}\n")
        return 0

    return command
