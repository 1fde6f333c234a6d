"""yiwang (一网): a TV network in software."""

__version__ = "0.1.0"
