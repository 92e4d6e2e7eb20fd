"""Backbones with a head for the user's classes, their pretrained weights, and checkpoints."""
