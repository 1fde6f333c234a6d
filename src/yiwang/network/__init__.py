"""Floor 5: one network of many: regions, which listed services are the same, numbers, one guide. No I/O, no clock."""
