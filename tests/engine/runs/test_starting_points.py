"""Earlier runs as the start of new ones: found by folder, name, or checkpoint."""

import os
from pathlib import Path

import pytest

from stl_tl_gui.engine.runs.run import NotARun, Run, create_run
from stl_tl_gui.engine.runs.starting_points import (
    MOST_RECENT,
    NoWeights,
    recent_starting_points,
    run_with,
    starting_point,
    weights_file,
)
from stl_tl_gui.engine.settings.groups.model import weights_name
from stl_tl_gui.engine.settings.settings import make_settings
from stl_tl_gui.engine.storage.places import runs_folder


def make_run(name: str, backbone: str = "squeezenet1_1", saved: float | None = 1.0) -> Run:
    run = create_run(make_settings({"backbone": backbone}), runs_folder() / name)
    if saved is not None:
        run.best.touch()
        os.utime(run.best, (saved, saved))
    return run


def test_that_a_run_is_found_by_folder_name_and_checkpoint() -> None:
    run = make_run("cats")
    best = run.best.resolve()
    assert [weights_file(place) for place in (str(run.folder), "cats", str(run.best))] == [best] * 3
    assert run_with(best) == Run(best.parent)
    assert starting_point(run).settings() == {"backbone": "squeezenet1_1", "weights": str(best)}


def test_that_what_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    make_run("young", saved=None)
    with pytest.raises(NoWeights, match="“young” has no checkpoint"):
        weights_file("young")
    with pytest.raises(NoWeights, match=r"“nothing\.pth” does not exist"):
        weights_file("nothing.pth")
    with pytest.raises(NotARun, match="not a run folder"):
        weights_file(str(tmp_path))


def test_that_a_file_beside_no_run_belongs_to_none(tmp_path: Path) -> None:
    (tmp_path / "best.pt").touch()
    (make_run("a").folder / "other.pth").touch()
    assert run_with(tmp_path / "best.pt") is None
    assert run_with(make_run("b").folder / "other.pth") is None


def test_that_the_runs_saved_last_are_offered_and_damaged_ones_are_not() -> None:
    assert recent_starting_points() == []
    for number in range(MOST_RECENT + 1):
        make_run(str(number), saved=float(number + 1))
    make_run("without", saved=None)
    make_run("damaged", saved=100.0).folder.joinpath("settings.json").write_text("{")
    assert [point.name for point in recent_starting_points()] == ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("weights", "name"),
    [
        ("imagenet", "imagenet"),
        ("/x/runs/my cats/best.pt", "my cats"),
        ("C:\\runs\\my cats\\best.pt", "my cats"),
        ("/x/own.pth", "own.pth"),
        ("best.pt", "best.pt"),
    ],
)
def test_that_weights_of_a_run_are_called_as_the_run(weights: str, name: str) -> None:
    assert weights_name(weights) == name
