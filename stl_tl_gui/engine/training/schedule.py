"""Learning-rate schedules as plain functions of the step: nothing to save, nothing to restore."""

import math

_WARM_UP = 0.1
"""Share of the steps in which cosine rises to the full rate."""


def rate_factor(schedule: str, step: int, steps: int) -> float:
    """Factor on the learning rate at a step (from 0) of `steps`.

    cosine: linear warm-up over a tenth, then half a cosine to 1% (Loshchilov and Hutter 2017). one_cycle: cosine up
    over 30% from 4%, then down to almost zero (Smith 2018, torch's defaults). step: 1, 0.1, 0.01 for a third each.
    """
    share = step / max(1, steps)
    if schedule == "cosine":
        if share < _WARM_UP:
            return (step + 1) / (steps * _WARM_UP + 1)
        return _cosine(1, 0.01, (share - _WARM_UP) / (1 - _WARM_UP))
    if schedule == "one_cycle":
        return _cosine(0.04, 1, share / 0.3) if share < 0.3 else _cosine(1, 4e-6, (share - 0.3) / 0.7)
    if schedule == "step":
        return float(0.1 ** int(3 * share))
    assert schedule == "constant"
    return 1.0


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, share))) / 2
