"""Inspection: the contents of a data set, its possible problems, their harm, and remedies."""

from stl_tl_gui.engine.data.inspection.card import DataCard, Remedy, inspect
from stl_tl_gui.engine.data.inspection.pictures import Pictures
from stl_tl_gui.engine.data.inspection.problems import Harm, Problem

__all__ = ["DataCard", "Harm", "Pictures", "Problem", "Remedy", "inspect"]
