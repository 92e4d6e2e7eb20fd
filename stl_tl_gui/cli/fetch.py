"""The command `download`: gets data from where it is published, and prints the folder to train on."""

import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from stl_tl_gui.engine.data.picture_archive import import_picture_archive
from stl_tl_gui.engine.data.stl10_archive import OFFICIAL, default_folder, import_archive
from stl_tl_gui.engine.data.stl10_download import arrived_of_stl10, download_stl10

_messages = Console(stderr=True, highlight=False, soft_wrap=True)


def download_commands(follow: Callable[..., Any]) -> typer.Typer:
    """The commands. `follow` runs a job to its end and shows its progress."""
    app = typer.Typer(help="Get data from where it is published.", no_args_is_help=True)

    @app.callback()
    def only_one() -> None:  # or typer would take the only command for the whole
        pass

    @app.command()
    def stl10(
        to: Annotated[Path | None, typer.Option(help="Folder to make. Default: among the app's own data.")] = None,
        unlabeled: Annotated[
            bool, typer.Option("--unlabeled/--no-unlabeled", help="Also the 100,000 unlabelled pictures (2.7 GB).")
        ] = True,
    ) -> int:
        """Download STL-10 (2.6 GB) and unpack it. Stopped or cut, it goes on the next time. Prints the folder."""
        folder = to or default_folder()
        here = arrived_of_stl10(folder)
        _messages.print(
            f"From {OFFICIAL.url} to {folder}" + (f", {here / 1e9:.1f} GB are here already" if here else "")
        )
        follow(lambda should_stop: download_stl10(folder, should_stop, unlabeled=unlabeled))
        sys.stdout.write(f"{folder}\n")
        return 0

    return app


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
