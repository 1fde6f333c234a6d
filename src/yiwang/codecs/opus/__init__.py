"""Opus (RFC 6716, RFC 7845, and its carriage in MPEG-2 transport streams: ETSI TS Opus, draft 0.1.3)."""
