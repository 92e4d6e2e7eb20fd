"""The result of a run, in words."""

from stl_tl_gui.engine.evaluation.result import (
    ByHeart,
    FewPictures,
    Missed,
    MixedUp,
    NoBetterThanGuessing,
    NoMistake,
    NothingStandsOut,
    Result,
    StillRising,
    Verdict,
)
from stl_tl_gui.words.quantities import number_of, percent

_EVEN = 0.01
"""Classes whose largest share is this close to the average are as good as equally frequent."""


def verdict_words(verdict: Verdict) -> str:
    """One plain sentence or two: what stands out, and what helps."""
    match verdict:
        case NoBetterThanGuessing(name, share):
            return f"No better than always answering “{name}” ({percent(share)}). Check the labels, or train longer."
        case ByHeart(training, validation):
            known = f"training {_rounded(training)}, validation {_rounded(validation)}"
            return f"Learns by heart: {known}. More pictures or stronger augmentation help."
        case StillRising():
            return "Accuracy was still rising at the end. Train longer."
        case MixedUp((first, second), count, mistakes):
            return f"Two classes are mixed up: {first} and {second} ({count} of {number_of(mistakes, 'mistake')})."
        case Missed(name, found, count):
            return (
                f"“{name}” is often missed: {found} of {number_of(count, 'picture')} found. More pictures of it help."
            )
        case FewPictures(count):
            return f"Only {number_of(count, 'picture')} to judge by: take the accuracy as a rough figure."
        case NoMistake(count):
            return f"No mistake on {number_of(count, 'picture')}."
        case NothingStandsOut():
            return "Mistakes are spread over the classes: no two of them stand out."


def figure_title(result: Result) -> str:
    return {"test": "Test accuracy", "val": "Validation accuracy"}[result.split]


def interval_words(result: Result) -> str:
    """“93.2–96.9 % (95% interval), 500 pictures”."""
    (low, high), count = result.figures.interval, result.figures.count
    read = number_of(count, "picture")
    if result.unreadable:
        read = f"{count:,} of {number_of(count + result.unreadable, 'picture')} could be read"
    return f"{100 * low:.1f}–{100 * high:.1f} % (95% interval), {read}"


def guessing_words(result: Result) -> str:
    """“Guessing: 10.0 %”, or what the most frequent class gives."""
    name, share = result.guessing
    classes = int((result.figures.support > 0).sum())
    return f"Guessing: {percent(share)}" if share - 1 / classes < _EVEN else f"Always “{name}”: {percent(share)}"


def _rounded(share: float) -> str:
    return f"{100 * share:.0f}\N{NO-BREAK SPACE}%"
