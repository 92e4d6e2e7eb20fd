"""Inspection: what is in a data set, what may be wrong with it, how much harm that does, and what can be done."""

from stl_tl_gui.engine.data.inspection.card import DataCard, Remedy, inspect
from stl_tl_gui.engine.data.inspection.pictures import Pictures
from stl_tl_gui.engine.data.inspection.problems import Harm, Problem

__all__ = ["DataCard", "Harm", "Pictures", "Problem", "Remedy", "inspect"]
