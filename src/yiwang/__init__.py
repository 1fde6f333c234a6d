"""yiwang (一网): a TV network in software."""
