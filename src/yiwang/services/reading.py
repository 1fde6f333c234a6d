"""Whether subtitles that are pictures become text, as the config wants it: the packager's setting for it."""

from importlib.util import find_spec

from yiwang.base.errors import UsageError
from yiwang.packaging.reading import Reader

ReadSubtitles = bool | tuple[str, ...]
"""Of all languages, of none, or of those (ISO 639-2/T)."""


def subtitle_reader(read: ReadSubtitles, *, live: bool) -> Reader | None:
    """Return who reads for a channel or a file; None: nobody."""
    if not read:
        return None
    from yiwang.media.subtitle_reader import ChannelReader  # only where it is needed

    return ChannelReader(frozenset(read) if isinstance(read, tuple) else None, live=live)


def check_reading(read: ReadSubtitles, what: str) -> None:
    """UsageError, said of ``what``, where it is wanted and the extra is not installed."""
    if read and not (find_spec("onnxruntime") and find_spec("rapidocr") and find_spec("tesserocr")):
        raise UsageError(f"{what}: expected the extra that reads letters: pip install 'yiwang[ocr]'")
