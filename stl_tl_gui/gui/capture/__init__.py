"""Capture: new pictures from a camera or the clipboard, put into a class or classified live."""
