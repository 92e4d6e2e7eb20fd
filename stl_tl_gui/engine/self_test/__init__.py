"""The self-test: whether everything that the app needs works on this computer, one sentence per part."""

from stl_tl_gui.engine.self_test.checks import NotHere, Workplace, checks
from stl_tl_gui.engine.self_test.findings import Finding, Outcome, self_test

__all__ = ["Finding", "NotHere", "Outcome", "Workplace", "checks", "self_test"]
