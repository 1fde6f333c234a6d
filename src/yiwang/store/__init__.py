"""Floor 6: the config file and what must outlive the process."""
