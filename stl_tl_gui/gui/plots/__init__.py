"""Plots that people can read, zoom and take along; what they show is told by others."""
