"""The weights page: which pretrained weights are here, and how to get and share them."""
