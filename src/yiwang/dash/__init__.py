"""Floor 3: Dynamic Adaptive Streaming over HTTP (ISO/IEC 23009-1), the Media Presentation Description as text."""
