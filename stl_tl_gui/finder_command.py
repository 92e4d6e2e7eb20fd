"""The command `find-learning-rate`: the same flags as `train`; prints the suggestion, or all that was tried as JSON."""

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from stl_tl_gui.engine.range_test import RangeTest
