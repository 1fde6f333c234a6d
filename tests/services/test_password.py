"""Passwords with all the effort that they are kept with; tests of what is done with them have less: `tests/web/conftest.py`."""

from tests.web.operators import PASSWORD
from yiwang.services.password import encode, fits


def test_passwords_are_argon2id_with_a_salt_of_their_own():
    one, other = encode(PASSWORD), encode(PASSWORD)
    assert one != other
    assert one.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert fits(PASSWORD, one)
    assert not fits(PASSWORD + "x", one)
    assert not fits(PASSWORD, None)
    assert not fits(PASSWORD, "no hash")
