"""A trained model on pictures: predictions of a split, classification of any picture, metrics."""
