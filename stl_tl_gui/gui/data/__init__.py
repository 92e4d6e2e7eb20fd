"""The data page: choose pictures and look at them."""
