"""The texts about runs, settings, progress, queue, comparison and status: values in, plain strings out.

No Qt, no rich: the window, the terminal and the report all use these.
"""
