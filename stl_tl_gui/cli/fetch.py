"""The commands that get data: `download`, `import-stl10` and `import-pictures`. Each prints the folder to train on."""

from pathlib import Path
from typing import Annotated

import typer

from stl_tl_gui.cli.follow import follow
from stl_tl_gui.cli.output import messages, write

To = Annotated[Path | None, typer.Option(help="New folder. Default: among the app's own data.")]
Unlabeled = Annotated[bool, typer.Option(help="Also the 100,000 unlabeled pictures (2.7 GB).")]

downloads = typer.Typer(help="Download data from where it is published.", no_args_is_help=True)


@downloads.callback()
def _only_one() -> None:  # else typer would merge the only command into its parent
    pass


@downloads.command()
def stl10(to: To = None, unlabeled: Unlabeled = True) -> int:
    """Download STL-10 (2.6 GB) and unpack it. Run it again to continue after a stop. Prints the folder for --data."""
    from stl_tl_gui.engine.data.stl10_archive import OFFICIAL, default_folder
    from stl_tl_gui.engine.data.stl10_download import arrived_of_stl10, download_stl10

    folder = to or default_folder()
    here = arrived_of_stl10(folder)
    messages.print(f"From {OFFICIAL.url} to {folder}" + (f", {here / 1e9:.1f} GB already here" if here else ""))
    follow(lambda should_stop: download_stl10(folder, should_stop, unlabeled=unlabeled))
    write(folder)
    return 0


def import_stl10(
    archive: Annotated[Path, typer.Argument(help="The file stl10_binary.tar.gz.", metavar="ARCHIVE")],
    to: To = None,
    unlabeled: Unlabeled = True,
) -> int:
    """Check and unpack the official STL-10 archive. Prints the folder for --data."""
    from stl_tl_gui.engine.data.stl10_archive import default_folder, import_archive

    folder = to or default_folder()
    follow(lambda should_stop: import_archive(archive, folder, should_stop, unlabeled=unlabeled))
    write(folder)
    return 0


def import_pictures(
    archive: Annotated[Path, typer.Argument(help="A zip or tar file of class folders.", metavar="ARCHIVE")],
    to: To = None,
) -> int:
    """Check and unpack an archive of pictures. Prints the folder for --data."""
    from stl_tl_gui.engine.data.picture_archive import import_picture_archive

    write(follow(lambda should_stop: import_picture_archive(archive, should_stop, to)))
    return 0
