"""Jobs in threads: the worker, its jobs, the one training, and what they need of Qt and Python."""
