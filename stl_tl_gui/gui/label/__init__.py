"""Labeling: pictures get their classes by single keys, groups of similar ones at once."""
