"""Floor 6: PyAV codecs: the pictures and tones of the demo."""
