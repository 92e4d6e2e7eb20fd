"""This computer: its device, memory, processes, compiler and random numbers."""
