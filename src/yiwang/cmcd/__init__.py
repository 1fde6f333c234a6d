"""Floor 3: Common Media Client Data, what players tell of themselves (CTA-5004-A, version 2, event mode)."""
