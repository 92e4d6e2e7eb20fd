"""Benchmark: how fast the app is here, beside the plain course loop and the bare arithmetic, measured in one process.

It uses the app through its public doors only: `training.train`, `evaluation.evaluate`, `inference.open_classifier`.
"""
