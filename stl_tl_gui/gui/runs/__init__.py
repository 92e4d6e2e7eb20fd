"""The runs page: compare, open, resume and remove runs."""
