"""Arithmetic: in which number format and memory order a model computes, found by trying what is fastest here."""

from stl_tl_gui.engine.arithmetic.depthwise import for_training
from stl_tl_gui.engine.arithmetic.folding import for_inference, inference_batch
from stl_tl_gui.engine.arithmetic.probe import choose_arithmetic
from stl_tl_gui.engine.arithmetic.ways import Arithmetic, Choice, untried

__all__ = ["Arithmetic", "Choice", "choose_arithmetic", "for_inference", "for_training", "inference_batch", "untried"]
