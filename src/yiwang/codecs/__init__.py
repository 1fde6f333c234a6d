"""Floor 2: elementary streams: access units, parameter sets, random access points."""
