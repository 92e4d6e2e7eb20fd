"""STL Transfer Lab: train picture classifiers from few pictures."""

from pathlib import Path

__version__ = "0.1.0"


def resource(name: str) -> Path:
    """Path of a file in `resources/`: inside the installed package or bundle, else beside the package in a checkout."""
    package = Path(__file__).parent
    installed = package / "resources" / name
    return installed if installed.exists() else package.parent / "resources" / name
