"""Plots that people can read, zoom, copy, and save; the pages provide the data."""
