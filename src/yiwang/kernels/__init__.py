"""Floor 1: numba loops over whole blocks; checks and allocation are the caller's."""
