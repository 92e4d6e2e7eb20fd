"""The command line, one file a verb or group of verbs."""
