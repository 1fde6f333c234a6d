"""Floor 3: placeholder."""
