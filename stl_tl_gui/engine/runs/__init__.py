"""Run folders and what they hold: settings, log, predictions, the data a run saw. No torch."""
