"""Passwords as argon2id keeps them (RFC 9106). Imported when somebody signs in: most nodes never need it."""

import secrets

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1, type=Type.ID)
"""RFC 9106 4, second choice, on one core: the others are busy with channels. Some 0.1 s, and 64 MB for as long."""
_NOBODYS = _HASHER.hash(secrets.token_hex(16))


def encode(password: str) -> str:
    """Return what is kept of a password; for a thread."""
    return _HASHER.hash(password)


def fits(password: str, encoded: str | None) -> bool:
    """Tell whether it is the password; takes as long where there is none (None); for a thread."""
    try:
        return _HASHER.verify(encoded or _NOBODYS, password) and encoded is not None
    except (VerificationError, InvalidHashError):
        return False


def is_old(encoded: str) -> bool:
    """Tell whether it was encoded with less effort than is asked for now."""
    return _HASHER.check_needs_rehash(encoded)
