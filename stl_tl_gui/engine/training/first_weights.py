"""Which backbone weights are for, whether they are a run's or a file's. Loads torch only to look into a file."""

from stl_tl_gui.engine.runs.starting_points import StartingPoint, run_with, weights_file


def find_start(place: str) -> StartingPoint:
    """The start that a run's folder, its name, its checkpoint, or any weights file is.

    Raises what `weights_file` and `backbone_of` raise: WrongWeights for a file that fits no backbone.
    """
    file = weights_file(place)
    run = run_with(file)
    if run is not None:
        return StartingPoint(run.name, run.settings().backbone, str(file))
    from stl_tl_gui.engine.models.weights import backbone_of  # torch

    return StartingPoint(file.name, backbone_of(file), str(file))
