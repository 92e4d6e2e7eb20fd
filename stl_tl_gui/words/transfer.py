"""What transfer gave, in words."""

from stl_tl_gui.engine.runs.transfer import Transfer
from stl_tl_gui.words.quantities import duration, percent
from stl_tl_gui.words.run import backbone_name

COMPARE = "Compare with training from scratch"
COMPARE_TIP = (
    "Trains once more on the same pictures, but starts from random weights (training from scratch). The difference in "
    "accuracy is what the pretrained weights gave: transfer learning."
)


def transfer_words(transfer: Transfer) -> str:
    """“Transfer gave 37.6 points: 99.6 % with pretrained weights, 62.0 % from scratch.”"""
    pretrained, scratch = transfer.accuracies
    points = round(100 * pretrained, 1) - round(100 * scratch, 1)  # of the figures that are shown
    gave = f"gave {points:.1f} points" if points > 0 else f"cost {-points:.1f} points"
    gave = "gave nothing" if abs(points) < 0.05 else gave
    pictures = "" if transfer.tested else " (validation pictures)"
    return f"Transfer {gave}: {percent(pretrained)} with pretrained weights, {percent(scratch)} from scratch{pictures}."


def transfer_times(transfer: Transfer) -> str:
    """“Training took 22 s (EfficientNet-Lite0) and 48 s (ResNet-18).”, or only the times of the same backbone."""
    runs = (transfer.pretrained, transfer.scratch)
    names = [backbone_name(run.settings.backbone) for run in runs]
    named = [f" ({name})" for name in names] if len(set(names)) > 1 else ["", ""]
    first, second = (duration(run.seconds) + name for run, name in zip(runs, named, strict=True))
    return f"Training took {first} and {second}."
