"""Runs to be done one after the other: the list, and the job that works it off. No torch before a run begins."""
