"""What FFmpeg says of a failure, without the number and the name of no file that PyAV puts around it."""


def ffmpeg_says(error: Exception) -> str:
    """Return FFmpeg's own words of its error, any other error's as they are."""
    words = getattr(error, "strerror", None)
    return words if isinstance(words, str) and words else str(error)
