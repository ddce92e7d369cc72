"""Article 10: what is used badly is found, with evidence, and said to whom it concerns."""
