"""MPEG audio, layers I to III (ISO/IEC 11172-3, ISO/IEC 13818-3)."""
