"""The page of pretrained weights: which are here, where others come from, and how they get to other machines."""
