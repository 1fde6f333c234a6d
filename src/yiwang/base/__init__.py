"""Floor 0: octets, time bases, errors and the few records every floor speaks of."""
