"""Floor 8: commands."""
