"""The queue: runs to train one after the other, and the job that does so. Imports torch only when a run starts."""
