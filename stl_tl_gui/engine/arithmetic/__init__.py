"""Arithmetic: the number format and memory order in which a model computes; the fastest here is found by timing."""

from stl_tl_gui.engine.arithmetic.depthwise import for_training
from stl_tl_gui.engine.arithmetic.folding import for_inference, inference_batch
from stl_tl_gui.engine.arithmetic.formats import Arithmetic, RunArithmetic, untried
from stl_tl_gui.engine.arithmetic.probe import choose_arithmetic

__all__ = [
    "Arithmetic",
    "RunArithmetic",
    "choose_arithmetic",
    "for_inference",
    "for_training",
    "inference_batch",
    "untried",
]
