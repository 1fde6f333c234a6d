"""The node's operator token, a file that only its owner reads: a program's right to what operators may (`web.gate`).

A browser never sends it by itself, so a page of someone else's cannot use it.
"""

import os
import secrets
from pathlib import Path

from yiwang.base.errors import UsageError

FILE = "operator-token"
"""In ``node.state_dir``."""


def load_token(folder: Path) -> str:
    """Read the token, or make one that did not exist. Raises UsageError."""
    path = folder / FILE
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w", encoding="ascii") as file:
                file.write(secrets.token_urlsafe(32) + "\n")
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"node.state_dir: {path} cannot be used: {error}") from None
    if len(token) < 20:
        raise UsageError(f"{path}: expected a token of 20 characters or more; remove the file for a new one")
    return token
