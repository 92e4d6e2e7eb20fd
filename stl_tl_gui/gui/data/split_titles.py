"""What the splits are called."""

SPLIT_TITLES = {"train": "training", "val": "validation", "test": "test", "unlabeled": "unlabeled"}
