"""The database's URL, as ``[store] url`` has it. Beside `database/`, so that reading a config loads no database."""

from pathlib import Path
from urllib.parse import urlsplit

from yiwang.base.said import said

POSTGRESQL = ("postgresql", "postgres")


def check_url(text: str) -> str:
    """Return ``text`` when it names a database.

    Raises
    ------
    ValueError    it does not; what was expected, without what may be a password
    """
    try:
        url = urlsplit(text)
        _ = url.port
    except ValueError:
        raise ValueError(said("store-url")) from None
    is_file = url.scheme == "sqlite" and not url.netloc and not url.query
    if not (is_file or url.scheme in POSTGRESQL) or len(url.path) < 2 or "\0" in text or url.fragment:
        raise ValueError(said("store-url"))
    return text


def sqlite_url(file: Path) -> str:
    """Return the URL of a file of SQLite's."""
    return f"sqlite:///{file.absolute()}"
