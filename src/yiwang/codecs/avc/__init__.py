"""H.264 (ISO/IEC 14496-10): one syntax structure per file."""
