"""The queue in the window: the list of jobs, the variants to add, and what starts one job after the other."""
