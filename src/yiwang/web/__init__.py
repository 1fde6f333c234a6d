"""Floor 8: the HTTP face: origin, API, web TV and console."""
