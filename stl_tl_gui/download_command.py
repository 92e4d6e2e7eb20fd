"""The command `download stl10`: fetches the official archive, unpacks it, and prints the folder to train on."""

import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Annotated, Any

import typer

from stl_tl_gui.engine.data.stl10_archive import default_folder
from stl_tl_gui.engine.data.stl10_download import STANFORD, ArchiveSource, archive_bytes_here, download_stl10
from stl_tl_gui.engine.errors import Cancelled

Job = Callable[[Callable[[], bool]], Generator[Any, None, Any]]


def download_commands(follow: Callable[[Job], Any], source: ArchiveSource = STANFORD) -> typer.Typer:
    """The commands. `follow` runs a job to its end and shows its progress."""
    app = typer.Typer(help="Data sets from their official addresses.", no_args_is_help=True)

    @app.callback()
    def several() -> None:
        """Data sets from their official addresses."""

    @app.command()
    def stl10(
        folder: Annotated[Path | None, typer.Option(help="Folder to make. Default: among the app's own data.")] = None,
        unlabeled: Annotated[
            bool,
            typer.Option("--with-unlabeled/--without-unlabeled", help="Also the 100,000 unlabelled pictures (2.8 GB)."),
        ] = True,
    ) -> int:
        """Download STL-10 (2.6 GB), check it, and unpack it. Stopped, the same command goes on. Prints the folder."""
        where = folder or default_folder()
        sys.stderr.write(f"From {source.url}, {source.size / 1e9:.1f} GB. Ctrl+C stops and keeps what has arrived.\n")
        try:
            follow(lambda should_stop: download_stl10(where, should_stop, unlabeled=unlabeled, source=source))
        except Cancelled:
            here = archive_bytes_here(where)
            sys.stderr.write(f"{here / 1e9:.2f} GB are here; the same command goes on with them.\n")
            raise
        sys.stdout.write(f"{where}\n")
        return 0

    return app
