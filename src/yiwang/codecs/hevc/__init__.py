"""ITU-T H.265 (ISO/IEC 23008-2) and its carriage in files (ISO/IEC 14496-15)."""
