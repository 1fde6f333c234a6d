"""Where what can be made again is kept."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return YIWANG_CACHE_DIR, else a folder of ours in the user's cache."""
    own = os.environ.get("YIWANG_CACHE_DIR")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(own) if own else Path(base) / "yiwang"
