"""Floor 5: what a playlist, manifest or segment answer is at a given moment; pure functions."""
