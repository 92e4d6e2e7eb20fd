"""What the terminal says of transfer when a run has ended: what it gave, or the command that finds out."""

import shlex
from contextlib import suppress

from stl_tl_gui.cli.output import messages
from stl_tl_gui.engine.errors import UserError
from stl_tl_gui.engine.runs.run import Run
from stl_tl_gui.engine.runs.transfer import Transfer, transfer_of
from stl_tl_gui.engine.settings.advice import essential
from stl_tl_gui.engine.settings.settings import TrainSettings
from stl_tl_gui.engine.storage.places import runs_folder
from stl_tl_gui.words.transfer import COMPARE, transfer_times, transfer_words


def say_transfer(run: Run) -> None:
    """Print what transfer gave, or for a pretrained run the command to compare it; nothing for other runs."""
    found = None
    with suppress(UserError, OSError):  # the run is trained, whatever its folder's neighbors are like
        found = transfer_of(run)
    if isinstance(found, Transfer):
        messages.print(f"{transfer_words(found)} {transfer_times(found)}".replace(" %", "%"), markup=False)
    elif found is not None:
        messages.print(f"{COMPARE}: {shlex.join(command_of(found, run))}", markup=False)


def command_of(settings: TrainSettings, beside: Run) -> list[str]:
    """The shortest command that trains with these settings, where the app finds the run beside another one."""
    values = settings.model_dump()
    data = values.pop("data")
    chosen = essential(values, {})
    words = ["stl-tl-gui", "train", *(("--data", data) if data != TrainSettings.model_fields["data"].default else ())]
    for name, value in chosen.items():
        words += [f"--{name.replace('_', '-')}", str(value)]
    elsewhere = beside.folder.parent.resolve() != runs_folder().resolve()
    return [*words, "--run", f"{beside.folder} from scratch"] if elsewhere else words
