"""AC-3 and Enhanced AC-3 (ETSI TS 102 366)."""
