"""How a run learns: phases, preparation, the loop, schedules, checkpoints on the way."""
