"""Subtitles as files: WebVTT and IMSC1 (TTML)."""
