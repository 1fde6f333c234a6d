"""Reports of event mode: one a line, in the body of a POST (CTA-5004-A, "event mode")."""

from collections.abc import Iterator
from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.cmcd.structured_fields import InnerList, Item, Token, parse_dictionary

MEDIA_TYPE = "application/cmcd"
VERSION = 2
LONGEST_REPORT = 4096  # characters
LONGEST_SESSION_ID, LONGEST_CONTENT_ID = 64, 128
MOST_MS = 10**12 - 1
"""No count of a session is larger; times since 1970 are, see `MOST_TIMESTAMP_MS`."""
MOST_TIMESTAMP_MS = 10**14
STATES = frozenset("spkrawefqd")
"""``sta``: starting, playing, seeking, rebuffering, paused, waiting, ended, fatal error, quit, preloading."""


@dataclass(frozen=True, slots=True)
class CmcdReport:
    """What of a report is counted here; None where it does not say.

    Names are the keys': ``event`` is ``e``, ``timestamp_ms`` ``ts``, ``session_id`` ``sid``, ``content_id`` ``cid``,
    ``sequence_number`` ``sn``, ``state`` ``sta``, ``media_start_delay_ms`` ``msd``, ``starvations`` ``bsa``,
    ``starvation_ms`` ``bsda``, ``bit_rate_kbps`` the sum of ``br``, or else ``ab``; ``latency_ms`` ``ltc``.
    """

    event: str
    timestamp_ms: int
    session_id: str
    content_id: str
    sequence_number: int | None = None
    state: str | None = None
    media_start_delay_ms: int | None = None
    starvations: int | None = None
    starvation_ms: int | None = None
    bit_rate_kbps: int | None = None
    latency_ms: int | None = None


def parse_reports(octets: bytes) -> Iterator[CmcdReport | WireError]:
    """Read a body, line by line; a line that is no report of this version is the error that says why."""
    for line in octets.splitlines():
        if line:
            try:
                yield parse_report(line)
            except WireError as error:
                yield error


def parse_report(line: bytes) -> CmcdReport:
    """Read one report. Raises WireError."""
    if len(line) > LONGEST_REPORT:
        raise WireError("CMCD report", LONGEST_REPORT, f"at most {LONGEST_REPORT} octets", str(len(line)))
    if not line.isascii():
        raise WireError("CMCD report", 0, "ASCII", "other octets")
    members = parse_dictionary(line.decode("ascii"))
    if _integer(members, "v") != VERSION:
        raise WireError("CMCD report", 0, f"v={VERSION}", f"v={_integer(members, 'v')}")
    timestamp_ms = _integer(members, "ts", MOST_TIMESTAMP_MS)
    if timestamp_ms is None:
        raise WireError("CMCD report", 0, "ts", "none")
    state = _text(members, "sta", 1, Token)
    if state is not None and state not in STATES:
        raise WireError("CMCD report", 0, "sta of a known state", state)
    bit_rates = _integers(members, "br") or _integers(members, "ab")
    return CmcdReport(
        event=_needed(members, "e", 8, Token),
        timestamp_ms=timestamp_ms,
        session_id=_needed(members, "sid", LONGEST_SESSION_ID),
        content_id=_needed(members, "cid", LONGEST_CONTENT_ID),
        sequence_number=_integer(members, "sn"),
        state=state,
        media_start_delay_ms=_integer(members, "msd"),
        # of several kinds of object that were waited for at once the one that was waited for longest
        starvations=max(_integers(members, "bsa"), default=None),
        starvation_ms=max(_integers(members, "bsda"), default=None),
        bit_rate_kbps=sum(bit_rates) if bit_rates else None,
        latency_ms=_integer(members, "ltc"),
    )


Members = dict[str, Item | InnerList]


def _integer(members: Members, key: str, most: int = MOST_MS) -> int | None:
    member = members.get(key)
    if member is None:
        return None
    value = member.value if isinstance(member, Item) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise WireError("CMCD report", 0, f"{key}: an integer from 0 to {most}", repr(value))
    return value


def _integers(members: Members, key: str) -> list[int]:
    """Return the integers of an inner list; version 1 had a single one, which is taken as well."""
    member = members.get(key)
    if not isinstance(member, InnerList):
        single = _integer(members, key)
        return [] if single is None else [single]
    values = [item.value for item in member.items]
    integers = [v for v in values if isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= MOST_MS]
    if len(integers) < len(values):
        raise WireError("CMCD report", 0, f"{key}: integers from 0 to {MOST_MS}", repr(values))
    return integers


def _text(members: Members, key: str, longest: int, kind: type[str] = str) -> str | None:
    member = members.get(key)
    if member is None:
        return None
    value = member.value if isinstance(member, Item) else None
    if type(value) is not kind or not 0 < len(value) <= longest:
        what = "a token" if kind is Token else "a string"
        raise WireError("CMCD report", 0, f"{key}: {what} of 1 to {longest} characters", repr(value)[:40])
    return str(value)


def _needed(members: Members, key: str, longest: int, kind: type[str] = str) -> str:
    text = _text(members, key, longest, kind)
    if text is None:
        raise WireError("CMCD report", 0, key, "none")
    return text
