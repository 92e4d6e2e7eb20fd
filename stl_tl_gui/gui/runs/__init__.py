"""The runs page: open, compare, train longer, and remove runs."""
