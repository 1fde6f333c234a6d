"""What goes into the database and comes out of it. Times are whole seconds since 1970-01-01T00:00:00Z."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCopy:
    """A good copy of a source's document: ``octets`` as they came, with what HTTP said of them."""

    octets: bytes
    etag: str | None = None
    last_modified: str | None = None
    fetched_at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is known of a source, without its octets.

    ``fetched_at_s`` is when the last good copy came (none yet: all of its fields are None, ``size`` is 0),
    ``checked_at_s`` when the source was last asked. ``fault`` is what is wrong with it since ``fault_since_s``; none: it
    answered well. ``revision`` rises when the copy's octets change.
    """

    id: str
    size: int
    etag: str | None
    last_modified: str | None
    fetched_at_s: int | None
    checked_at_s: int
    fault: str | None
    fault_since_s: int | None
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSchedule:
    """A service's merged schedule: ``octets`` are the guide's; its events lie within [``start_s``, ``stop_s``).

    ``revision`` is the database's: it is not looked at when a schedule is saved.
    """

    service_id: str
    start_s: int
    stop_s: int
    events: int
    octets: bytes
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNetwork:
    """What has to be the same in the next run, and what the outputs are made of.

    ``members``: the network's service id of each listed service (``source/key``), all of them. ``numbers``: for each region
    (``""``: none) the service of each number, all of them. ``schedules``: those that may have changed; the others stay, and
    those of services that no member belongs to go. ``documents``: canonical octets of things that are published, by name;
    only what they come to is kept, so that each has a revision.
    """

    members: Mapping[str, str]
    numbers: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    schedules: Iterable[StoredSchedule] = ()
    documents: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What an operator decided: ``kind`` as ``same`` or ``number``, ``about`` which ids, ``value`` (JSON) what; by whom, when.

    A later decision of the same kind about the same ids takes its place; ``withdrawn_*`` says who took it back. Nothing
    is ever deleted.
    """

    id: int
    kind: str
    about: tuple[str, ...]
    value: str
    who: str
    at_s: int
    withdrawn_by: str | None = None
    withdrawn_at_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who may sign in: ``role`` is viewer, operator or admin, ``password`` argon2id as encoded."""

    name: str
    role: str
    password: str
    made_at_s: int
    signed_in_at_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in that goes on; ``token`` is the SHA-256 of what the browser has, ``role`` what the account may do now."""

    token: str
    name: str
    role: str
    begun_at_s: int
    seen_at_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what, when, from where; ``before`` and ``after`` are what JSON can hold, or None."""

    at_s: int
    who: str
    address: str
    action: str
    subject: str
    before: Any = None
    after: Any = None
    id: int = 0
