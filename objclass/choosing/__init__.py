"""Which objects to annotate next: pure functions on arrays of features and probabilities."""
