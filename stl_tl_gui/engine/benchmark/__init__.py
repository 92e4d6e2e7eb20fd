"""Benchmark: how fast the app is here, compared with a plain course loop and the model's bare arithmetic.

It uses the app's public functions only: `training.train`, `evaluation.evaluate`, `inference.open_classifier`.
"""
