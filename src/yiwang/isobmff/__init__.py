"""ISO base media file format boxes (ISO/IEC 14496-12), as CMAF (ISO/IEC 23000-19) uses them."""
