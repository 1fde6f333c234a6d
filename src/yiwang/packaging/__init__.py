"""Floor 4: access units in, timed CMAF parts and segments out; no I/O, no clock."""
