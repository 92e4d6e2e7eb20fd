"""The weights page: which pretrained weights are on this computer; download, import and export them."""
