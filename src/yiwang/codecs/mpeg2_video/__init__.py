"""MPEG-1 and MPEG-2 video (ISO/IEC 11172-2, 13818-2)."""
