"""The self-test: checks in seconds that everything works on this computer, one sentence per part."""

from stl_tl_gui.engine.self_test.checks import CheckContext, Skipped, checks
from stl_tl_gui.engine.self_test.findings import Finding, Outcome, self_test

__all__ = ["CheckContext", "Finding", "Outcome", "Skipped", "checks", "self_test"]
