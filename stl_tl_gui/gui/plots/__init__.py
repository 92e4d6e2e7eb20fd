"""Plots to read, zoom, copy, and save; the pages provide the data."""
