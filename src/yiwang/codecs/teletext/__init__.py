"""Teletext (ETSI EN 300 706) in DVB streams (EN 300 472): data units in, the screens of subtitle pages out."""
