"""The classify page: classify dropped, pasted or chosen pictures with a model."""
