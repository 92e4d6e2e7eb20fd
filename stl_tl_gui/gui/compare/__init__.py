"""The compare page: several runs side by side, in curves, tables, a trade-off and confusion matrices."""
