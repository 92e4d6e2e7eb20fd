"""The commands `train` and `resume`."""

from pathlib import Path
from typing import Annotated, Any

import typer

from stl_tl_gui.cli.chosen import chosen_settings
from stl_tl_gui.cli.follow import follow, follow_run
from stl_tl_gui.cli.jobs import say_job
from stl_tl_gui.cli.options import Preset, RunFolder, with_settings
from stl_tl_gui.engine.queue.running import train_folds
from stl_tl_gui.engine.settings.settings import TrainSettings, fold_runs


@with_settings()
def train(
    preset: Preset = None,
    run: Annotated[Path | None, typer.Option(help="New folder for the run. Default: among the app's own data.")] = None,
    **chosen: Any,
) -> int:
    """Train a model. Everything is saved in a run folder."""
    settings = chosen_settings(preset, chosen)
    if len(fold_runs(settings)) > 1:
        return _train_folds(settings, run)
    from stl_tl_gui.engine.training.train import train as train_run  # torch: only for valid settings

    return follow_run(lambda should_stop: train_run(settings, run, should_stop))


def resume(
    run: RunFolder,
    epochs: Annotated[int | None, typer.Option(min=1, help="Train longer: the total number of epochs.")] = None,
) -> int:
    """Continue a run from its last checkpoint."""
    from stl_tl_gui.engine.runs.run import open_run
    from stl_tl_gui.engine.training.train import resume as resume_run

    opened = open_run(run)
    return follow_run(lambda should_stop: resume_run(opened, epochs, should_stop))


def _train_folds(settings: TrainSettings, folder: Path | None) -> int:
    job = follow(lambda should_stop: train_folds(settings, folder, should_stop), watch=say_job)
    return int(job.state == "failed")
