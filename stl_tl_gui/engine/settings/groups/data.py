"""Settings of the data: where the pictures are, and how they are divided."""

import re
from functools import partial
from typing import Annotated, Literal

from pydantic import AfterValidator

from stl_tl_gui.engine.settings.groups.setting import Settings, setting

Protocol = Literal["single", "kfold", "stl10"]
GroupBy = Literal["none", "folder", "name", "file", "similar"]

Pages = Literal["first", "each"]

_CHANNELS = re.compile(r"\s*([1-9]\d*)\s*,\s*([1-9]\d*)\s*,\s*([1-9]\d*)\s*", re.ASCII)


def chosen_channels(text: str) -> tuple[int, ...]:
    """The three channels that a text names, or none where it is empty. Raises ValueError."""
    found = _CHANNELS.fullmatch(text)
    if text.strip() and found is None:
        raise ValueError("Choose three channels, counted from 1, such as 1,2,3")
    return tuple(map(int, found.groups())) if found is not None else ()


def _three_channels(text: str) -> str:
    return ",".join(map(str, chosen_channels(text)))


_basic = partial(setting, "Data", advanced=False)
_advanced = partial(setting, "Data", advanced=True)


class DataSettings(Settings):
    """Which pictures, and which of them to train on, validate on and test on."""

    data: str = _basic(
        "sample",
        "Data",
        "Where the pictures are: “sample” for the built-in drawings, an STL-10 folder, or a folder with one "
        "subfolder per class.",
        min_length=1,
    )
    val_fraction: float = _advanced(
        0.1,
        "Validation share",
        "Share of the training pictures that is held out to watch progress and to choose the best epoch. "
        "Not used when the data has its own validation pictures.",
        gt=0,
        lt=0.9,
    )
    test_fraction: float = _advanced(
        0.15,
        "Test share",
        "Share of the pictures that is held out for the final test, when the data has no test pictures of its own. "
        "0 reports the result on the validation pictures, as cross-validation does.",
        ge=0,
        lt=0.9,
    )
    pages: Pages = _advanced(
        "first",
        "Pages",
        "What to take of files with several pages (multi-page TIFFs) and of animations: only the first page, or each "
        "page as a picture of its own. All pages of a file then stay in one split, unless another grouping is chosen.",
        choices={"first": "First page", "each": "Each page is a picture"},
    )
    channels: Annotated[str, AfterValidator(_three_channels)] = _advanced(
        "",
        "Channels",
        "Of pictures with more than three channels: which three become red, green, and blue, counted from 1, such as "
        "“4,2,1”. A fourth channel that means transparency is then a channel like others. Empty: the first three.",
    )
    protocol: Protocol = _advanced(
        "single",
        "Protocol",
        "How the result is measured. One split: train once. Cross-validation: divide the pictures into folds and hold "
        "out each once. STL-10’s ten folds: train on each fold’s 1,000 pictures and test on all 8,000, as its authors "
        "ask; the last epoch counts, because the protocol has no validation pictures.",
        choices={"single": "One split", "kfold": "Cross-validation", "stl10": "STL-10’s ten folds"},
    )
    folds: int = _advanced(
        5,
        "Folds",
        "With cross-validation: the number of folds (the k in k-fold).",
        ge=2,
        le=20,
    )
    fold: int = _advanced(
        0,
        "Fold",
        "With folds: which one this run uses, counted from 1. 0 does all of them, one run after the other, and "
        "reports the mean and the standard deviation.",
        ge=0,
        le=100,
    )
    group_by: GroupBy = _advanced(
        "none",
        "Keep together",
        "Keep pictures of one group on the same side of every split (group split), so that the model is not tested on "
        "near-copies of its training pictures. A group is a subfolder of a class, a burst by its file names, the "
        "pages of one file, or pictures that look alike.",
        choices={
            "none": "Nothing",
            "folder": "Subfolders",
            "name": "File names",
            "file": "Pages of a file",
            "similar": "Look-alikes",
        },
    )
    group_pattern: str = _advanced(
        "",
        "Name pattern",
        "With “File names”: a regular expression. What its first parentheses match, or else all of it, is the group, "
        "such as “^(patient\\d+)”. Empty: the name without the number at its end.",
    )
