"""What to keep in mind with the results of a run."""

from stl_tl_gui.engine.settings import TrainSettings

KNOWN_PICTURES = (
    "STL-10’s pictures were taken from ImageNet, from which these weights were learnt: the model may have seen some of "
    "them, so that it does better here than on new pictures."
)


def knows_its_pictures(settings: TrainSettings, data_name: str) -> bool:
    """Whether the weights were learnt from the pictures that the data was drawn from."""
    return settings.weights == "imagenet" and data_name == "STL-10"
