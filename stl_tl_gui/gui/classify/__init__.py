"""The classify page: let a model name dropped, pasted or chosen pictures."""
