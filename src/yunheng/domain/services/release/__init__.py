"""The release of systems (8): evidence, the gate, and what the clock does with it."""
