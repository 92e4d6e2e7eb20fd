"""The queue in the window: the list of jobs, the variants to add, and the training that works through them."""
