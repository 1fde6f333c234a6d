"""Floor 3: DVB-I (ETSI TS 103 770): service lists, their registry, and content guides in TV-Anytime."""
