"""Run folders and their contents: settings, log, predictions, the data a run saw. No torch."""
