"""MPEG-2 transport stream (ISO/IEC 13818-1) and DVB service information (EN 300 468)."""
