"""What transfer gave, in words."""

from stl_tl_gui.engine.runs.run import RunSummary
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
    """“EfficientNet-Lite0 with pretrained weights took 22 s, ResNet-18 from scratch 48 s.”"""
    pretrained, scratch = _name_and_time(transfer.pretrained), _name_and_time(transfer.scratch)
    return f"{pretrained[0]} with pretrained weights took {pretrained[1]}, {scratch[0]} from scratch {scratch[1]}."


def _name_and_time(summary: RunSummary) -> tuple[str, str]:
    return backbone_name(summary.settings.backbone), duration(summary.seconds)
