"""AAC (ISO/IEC 14496-3): ADTS and LATM framing, AudioSpecificConfig."""
