"""Accounts of the console: who may sign in and do what, sessions, and the log of what was done (ADR 39).

The database is opened, and argon2 loaded, when somebody signs in for the first time: a node that nobody operates has neither.
"""

import asyncio
import hashlib
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from yiwang.base.errors import UsageError, WorkError
from yiwang.base.said import said
from yiwang.net import wall_clock
from yiwang.services.attempts import Attempts

if TYPE_CHECKING:
    from yiwang.store.database.accounts import AccountStore
    from yiwang.store.database.database import Database
    from yiwang.store.database.records import Account, AuditEntry

ROLES = ("viewer", "operator", "admin")
"""Each may do all that those before it may: look; act on channels, sources and decisions; keep accounts, read the audit log."""
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
SEEN_S = 60
"""A session's use is noted so often at most: each is a write."""
HASHED_AT_ONCE = 2
NAME = re.compile(r"[\w@+-][\w.@+-]{0,63}")
T = TypeVar("T")


class SignInRefused(Exception):
    """Name and password are not those of an account."""


class TooManyAttempts(Exception):
    """Somebody guesses; ``wait_s`` until the next attempt is heard."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many attempts; try again in {wait_s} s")
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: ``session`` is the SHA-256 of the session's token, empty for who has the node's operator token."""

    name: str
    role: str
    address: str
    session: str = ""

    def may(self, role: str) -> bool:
        """Tell whether the role is enough."""
        return ROLES.index(self.role) >= ROLES.index(role)


def check_name(name: str) -> str:
    """Return a name in its one form. Raises UsageError."""
    name = unicodedata.normalize("NFC", name)
    if not NAME.fullmatch(name):
        raise UsageError("name: expected 1 to 64 letters, digits, '.', '_', '-', '@', '+', not beginning with '.'")
    return name


def check_password(password: str, name: str = "") -> str:
    """Return a password that may be set. Raises UsageError."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsageError(f"password: {said('password-length', shortest=SHORTEST_PASSWORD, longest=LONGEST_PASSWORD)}")
    if password.casefold() == name.casefold() or len(set(password)) < 4:
        raise UsageError("password: too easy to guess")
    return password


def check_role(role: str) -> str:
    """Return a role that there is. Raises UsageError."""
    if role not in ROLES:
        raise UsageError(f"role: expected {', '.join(ROLES)}, got {role!r}")
    return role


class Accounts:
    """The accounts of a node.

    Parameters
    ----------
    database_url : str
    idle_s, longest_s : float     when a session that is not used, and any session, is over
    """

    def __init__(self, database_url: str, idle_s: float = 7200, longest_s: float = 43_200) -> None:
        self.longest_s = round(longest_s)
        self._idle_s = round(idle_s)
        self._url = database_url
        self._database: Database | None = None
        self._opening = threading.Lock()
        self._hashing = asyncio.Semaphore(HASHED_AT_ONCE)
        self._of_name = Attempts(at_once=10, each_ms=30_000)
        self._of_address = Attempts(at_once=20, each_ms=10_000)

    def close(self) -> None:
        """Let go of the database."""
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def store(self) -> "AccountStore":
        """Return the accounts in the database; for a thread. Raises WorkError."""
        with self._opening:
            if self._database is None:
                from yiwang.store.database.database import Database  # with SQLAlchemy; see above

                try:
                    self._database = Database.open(self._url)
                except UsageError as error:
                    raise WorkError(str(error)) from None
            return self._database.accounts

    async def _ask(self, question: "Callable[[AccountStore], T]") -> T:
        return await asyncio.to_thread(lambda: question(self.store()))

    # -- sessions

    async def sign_in(self, name: str, password: str, address: str) -> tuple[str, Actor]:
        """Begin a session.

        Returns
        -------
        token : str     which only the browser has
        actor : Actor

        Raises
        ------
        SignInRefused, TooManyAttempts, WorkError
        """
        name = unicodedata.normalize("NFC", name)[:64]
        now_ms = wall_clock.monotonic_ms()
        wait_ms = max(self._of_name.wait_ms(name, now_ms), self._of_address.wait_ms(address, now_ms))
        if wait_ms:
            raise TooManyAttempts(-(-wait_ms // 1000))
        self._of_name.take(name, now_ms)
        self._of_address.take(address, now_ms)
        account = await self._ask(lambda store: store.account(name))
        if not await self._fits(password, account.password if account is not None else None) or account is None:
            await self.note(Actor(name, "viewer", address), "sign-in refused", name)
            raise SignInRefused
        self._of_name.give_back(name)
        self._of_address.give_back(address)
        token = secrets.token_urlsafe(32)
        actor = Actor(account.name, account.role, address, digest(token))
        await self._keep_up(account, password)
        begun = await self._ask(lambda store: store.begin(actor.session, account.name, _now_s(), self.longest_s))
        if not begun:
            raise SignInRefused
        await self.note(actor, "sign in", account.name)
        return token, actor

    async def _fits(self, password: str, encoded: str | None) -> bool:
        async with self._hashing:
            return await asyncio.to_thread(_fits, password[:LONGEST_PASSWORD], encoded)

    async def _encoded(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(_encode, password)

    async def _keep_up(self, account: "Account", password: str) -> None:
        """Encode a password anew when more effort is asked for than when it was set."""
        from yiwang.services.password import is_old

        if is_old(account.password):
            encoded = await self._encoded(password)
            await self._ask(lambda store: store.set_password(account.name, encoded))

    async def actor(self, token: str, address: str) -> Actor | None:
        """Return whose session it is; None: nobody's, or it is over. Raises WorkError."""
        session_id, now_s = digest(token), _now_s()

        def look(store: "AccountStore") -> Actor | None:
            session = store.session(session_id)
            if session is None or session.role not in ROLES:
                return None
            if now_s - session.seen_at_s >= self._idle_s or now_s - session.begun_at_s >= self.longest_s:
                store.end(session_id)
                return None
            if now_s - session.seen_at_s >= SEEN_S:
                store.seen(session_id, now_s)
            return Actor(session.name, session.role, address, session_id)

        return await self._ask(look)

    async def sign_out(self, actor: Actor) -> None:
        """End a session."""
        await self._ask(lambda store: store.end(actor.session))
        await self.note(actor, "sign out", actor.name)

    # -- accounts

    async def add(self, by: Actor, name: str, role: str, password: str) -> None:
        """Make an account. Raises UsageError, WorkError."""
        from yiwang.store.database.records import Account

        name = check_name(name)
        check_role(role)
        encoded = await self._encoded(check_password(password, name))
        account = Account(name=name, role=role, password=encoded, made_at_s=_now_s())
        if not await self._ask(lambda store: store.add(account)):
            raise UsageError(f"name: {said('account-there', name=repr(name))}")
        await self.note(by, "account added", name, after={"role": role})

    async def set_own_password(self, by: Actor, old: str, new: str) -> None:
        """Change one's own password; all other sessions of the account end. Raises SignInRefused, UsageError, WorkError."""
        now_ms = wall_clock.monotonic_ms()
        if wait_ms := self._of_name.wait_ms(by.name, now_ms):
            raise TooManyAttempts(-(-wait_ms // 1000))
        self._of_name.take(by.name, now_ms)
        account = await self._ask(lambda store: store.account(by.name))
        if account is None or not await self._fits(old, account.password):
            raise SignInRefused
        self._of_name.give_back(by.name)
        await self.set_password(by, by.name, new)

    async def set_password(self, by: Actor, name: str, password: str) -> None:
        """Change a password; the account's sessions end, but the one that asks. Raises UsageError, WorkError."""
        encoded = await self._encoded(check_password(password, name))
        if not await self._ask(lambda store: store.set_password(name, encoded, but=by.session)):
            raise _no_account(name)
        await self.note(by, "password changed", name)

    async def set_role(self, by: Actor, name: str, role: str, *, keep_an_admin: bool = True) -> None:
        """Change what an account may do, at once. Raises UsageError, WorkError."""
        check_role(role)
        before = await self._ask(lambda store: store.account(name))
        if before is None:
            raise _no_account(name)
        await self._but_for_the_last_admin(lambda store: store.set_role(name, role, keep_an_admin=keep_an_admin))
        await self.note(by, "role changed", name, {"role": before.role}, {"role": role})

    async def remove(self, by: Actor, name: str, *, keep_an_admin: bool = True) -> None:
        """Forget an account; its sessions end. Raises UsageError, WorkError."""
        before = await self._ask(lambda store: store.account(name))
        if before is None:
            raise _no_account(name)
        await self._but_for_the_last_admin(lambda store: store.remove(name, keep_an_admin=keep_an_admin))
        await self.note(by, "account removed", name, {"role": before.role})

    async def _but_for_the_last_admin(self, change: "Callable[[AccountStore], bool]") -> None:
        from yiwang.store.database.accounts import LastAdminError

        try:
            await self._ask(change)
        except LastAdminError:
            raise UsageError("the last account with the role admin; only `yiwang accounts` may change it") from None

    async def every(self) -> "tuple[Account, ...]":
        """Return all accounts. Raises WorkError."""
        return await self._ask(lambda store: store.accounts())

    # -- audit

    async def note(self, by: Actor, action: str, subject: str, before: Any = None, after: Any = None) -> None:
        """Add to the audit log. Raises WorkError."""
        from yiwang.store.database.records import AuditEntry

        entry = AuditEntry(
            at_s=_now_s(), who=by.name, address=by.address, action=action, subject=subject, before=before, after=after
        )
        await self._ask(lambda store: store.note(entry))

    async def audit(self, before_id: int | None, limit: int) -> "tuple[AuditEntry, ...]":
        """Return the newest entries, newest first, older than ``before_id``. Raises WorkError."""
        return await self._ask(lambda store: store.audit(before_id, limit))


def digest(token: str) -> str:
    """Return what the database keeps of a session's token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _now_s() -> int:
    return wall_clock.now_ms() // 1000


def _no_account(name: str) -> UsageError:
    return UsageError(f"name: {said('account-none', name=repr(name))}")


def _encode(password: str) -> str:
    from yiwang.services.password import encode  # with argon2, at the first sign-in

    return encode(password)


def _fits(password: str, encoded: str | None) -> bool:
    from yiwang.services.password import fits  # with argon2, at the first sign-in

    return fits(password, encoded)
