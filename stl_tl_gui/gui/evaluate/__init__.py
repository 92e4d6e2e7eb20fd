"""The evaluate page: accuracy, confusion matrix, and every predicted picture."""
