"""The settings by group, as the form and `--help` show them; `TrainSettings` joins them, flat."""
