"""Sentences for people that a page may say in another language: English, with the codes of what they say.

A `Said` is its English text, wherever a text is wanted; its clauses are what a page translates. Every code of `TEXTS` has a
text in each language of the console (`web/ui/src/lib/i18n/said_texts.ts`).
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache

LONGEST_KNOWN = 400
"""Characters of a text that is looked at; the longest that is known has fewer."""

TEXTS = {
    # why listed services are one, or are not
    "rule-same": "a rule says the same",
    "rule-different": "a rule says different",
    "decision-same": "the same: decision {decision} of {who}, {at}",
    "decision-different": "never the same: decision {decision} of {who}, {at}",
    "decision-number": "number {number}: decision {decision} of {who}, {at}",
    "identifier": "UniqueIdentifier {identifier}",
    "identifier-claimed": "UniqueIdentifier {identifier} is claimed by {one} and by {other}",
    "triplet": "DVB triplet {triplet}",
    "triplet-claimed": "DVB triplet {triplet} is claimed by {one} and by {other}",
    "names-equal": "both are {name}",
    "names-same-core": "{one} and {other} are both {core}",
    "names-alike": "{one} is like {other}",
    "name-everywhere": "a name that every region has",
    "name-crowd": "a name that each of the lists gives to {count} services or more",
    "guides-same": "{share} of the guides is the same",
    "but": "but",
    "lists-both": "{source} lists both",
    "region-has-both": "{region} has both: {one} and {other}",
    "not-for-region": "{service} is for {regions}, not for {region}, which has no variant of it",
    "variant-of-region": "{service} is for {regions}, not for {region}, whose variant of it is {instead}",
    "kept-from-region": "{service} is kept from {region} by the restriction {rule}",
    # what an operator may want to decide
    "id-refused": "a rule calls {listed} {id}, which is another's name, or it has another, or it is no id",
    "number-preferred-twice": "a rule prefers {number} for {service}, another for a second",
    "number-range-full": "no number of {first} to {last} is left for {service}",
    "number-out-of-range": "{number} is no number from {first} to {last}",
    "number-none-left": "no number is left in {region}",
    "number-none-left-nowhere": "no number is left in no region",
    "number-taken": "{number} in {region} is {winner}'s; {service} has {has}",
    "number-taken-nowhere": "{number} in no region is {winner}'s; {service} has {has}",
    "region-parents": "{region} is put into {parents}",
    "region-parent-unlisted": "{parent}, parent of {region}, is listed nowhere",
    "region-circle": "{regions}: a circle",
    "region-too-deep": "{region} is {levels} levels deep, more than {most}",
    # why a listed service is not carried, or a stream of it not used
    "no-way-to-receive": "listed without any way to receive it",
    "dash-only": "listed with DASH only, which is not carried; HLS and transport streams are",
    "tuners-only": "listed for tuners and players only: neither a transport stream over IP nor HLS",
    "no-address": "no address of a stream that a list may name",
    "not-read-yet": "its playlist has not been read yet",
    "stopped": "an operator has stopped it",
    "loop": "a loop: it comes from this node itself",
    "no-map": "its segments are fragmented MP4, but it has no EXT-X-MAP",
    "key-frames-only": "it has key frames only (EXT-X-I-FRAMES-ONLY)",
    "no-variants": "its list of variants is empty",
}
"""By code: the English text, with the names of what fills it in."""

TOLD = {
    # why a document or a stream of others cannot be had
    "server-answered": "the server answered {status}",
    "larger-than": "larger than {size} MB",
    "larger-unpacked": "larger than {size} MB unpacked",
    "unreadable": "cannot be read",
    "empty-now": "it is empty now",
    "not-whole": "not whole after {seconds} s",
    "many-redirects": "more than {most} redirects",
    "connection-late": "no connection within {seconds} s",
    "peer-silent": "silent for {seconds} s",
    "cut-off": "the packed document is cut off",
    "not-unpacked": "cannot be unpacked: {why}",
    "not-asked": "not asked, as {count} requests before failed",
    "program-fault": "a fault of this program: {kind}",
    "no-connection": "All connection attempts failed",
    "broke-off": "Server disconnected without sending a response.",
    "refused": "Connection refused",
    "reset": "Connection reset by peer",
    "network-unreachable": "Network is unreachable",
    "host-unreachable": "No route to host",
    "name-unknown": "[Errno -2] Name or service not known",
    "name-later": "[Errno -3] Temporary failure in name resolution",
    "no-file": "No such file or directory",
    "no-permission": "Permission denied",
    "disk-full": "No space left on device",
    "not-a-playlist": "not a playlist: it begins with {what}",
    "samples-encrypted": "its samples are encrypted ({method}), which is not carried; whole segments are (AES-128)",
    "key-form": "its keys are of a form that is not carried (KEYFORMAT {form})",
    "segments-encrypted": "its segments are encrypted ({method}), which is not carried; AES-128 is",
    "map-encrypted": "its EXT-X-MAP is encrypted in a way that is not carried",
    "playlist-on-hls": "it is an HLS playlist; write #hls behind the URL",
    "lists-no-web": "it lists {uri}, which is not http:// or https://",
    "key-no-web": "the address of its key is not http:// or https://",
    "variant-of-variants": "a variant is a list of variants",
    "no-segment-for": "no segment for {seconds} s",
    "nothing-new": "the playlist has nothing new",
    "no-interface": "no interface for this group; name one with interface=",
    "not-own-address": "{address} is not an address of this machine",
    "too-many-joins": "the kernel allows no more multicast joins; raise net.ipv4.igmp_max_memberships",
    "at": "{where}",
    "in-playlist": "the playlist",
    "in-segment": "segment {number}",
    "in-map": "its EXT-X-MAP",
    # what a fault says beyond its name
    "source-reopened": "the source has ended; opening it again",
    "listed-no-longer": "{url} is listed no longer",
    "in-use-now": "{url} is in use now",
    "operator-chose": "an operator has chosen it",
    "good-for": "{url} has been good for {seconds} s",
    "nothing-packaged": "nothing can be packaged of what comes",
    "sound-only": "no picture for {seconds} s: sound only",
    "dts-stepped": "DTS stepped by {seconds} s",
    "presentation-stepped": "presentation time stepped by {seconds} s",
    "clock-off-by": "the source's clock is off by {ppm} ppm",
    "no-pts-yet": "dropped: no PTS yet",
    "begins-before-end": "a new stream begins before the old one's end",
    "splices-too-near": "more splices than segments: one lies inside a segment",
    "not-its-type": "nothing in it is what its stream_type says",
    "no-such-program": "no program {wanted}; the PAT lists {listed}",
    "left-out": "left out",
    "silence-instead": "silence in the extra track",
    "not-packets": "{n} octets that are not transport packets",
    "two-without-sync": "sync lost: two packets in a row without sync_byte 0x47",
    "datagrams-lost": "{n} datagrams came faster than they were read and are lost",
    "datagrams-unsent": "{n} datagrams could not be sent",
    "udp-is-rtp": "the datagrams are RTP: write rtp:// instead of udp://",
    "left-playlist": "segments {first} to {last} have left the playlist",
    "without-sound": "pictures go on without sound",
    "rtp-lost": "{n} packets did not come",
    "rtp-given-up": "{n} packets came after they had been given up",
    "rtp-twice": "{n} packets came twice",
    "rtp-or-bare": "{n} datagrams are not RTP (is it bare transport stream? then the URL is udp://)",
    "rtp-no-ts": "{n} packets do not carry a transport stream (payload type 33)",
    "rtp-anew": "the sender began anew {n} times",
    "rtp-no-path": "{n} packets came over no path",
    "rtp-one-path": "{n} packets did not come over one of the paths",
    "rtp-path-late": "{n} packets came over a path later than the skew allows",
    "rtp-path-silent": "a path went silent, {n} times",
    "rtp-paths-apart": "the paths do not carry one stream, seen {n} times",
    "rtp-no-rtp": "{n} datagrams are not RTP",
    "black-for": "the picture has been black for {seconds} s",
    "frozen-for": "the picture has not changed for {seconds} s",
    "soundless-for": "there has been no sound for {seconds} s",
    "wire-error": "{source} at octet {offset}: expected {expected}, got {got}",
    "frame-cut": "a PES packet ends inside a frame",
    "type-says": "its stream_type says {one}; it is {other}",
    "numbers-may-fall": "numbers may fall after a restart",
    "list-of-programmes": "the list of programmes",
    "text-far-off": "PTS of text is far from the pictures': not used",
    "decoder-ended": "the process that decodes has ended",
    "counts-anew": "it counts anew: its newest segment is {newest} after {before}",
    "map-unread": "its EXT-X-MAP cannot be read",
    "no-sync-byte": "is not a transport stream: no sync_byte 188, 192 or 204 octets apart",
    "no-pace": "has no PCR and no PTS in its first {octets} octets, so its pace is unknown",
    "too-short": "is too short to loop",
    "interface-index": "no network interface has index {index}",
    "interface-name": "no network interface is named {name}",
    "interface-address": "no network interface has address {address}",
    # why something that an operator asks for is not done
    "sign-in-first": "sign in first",
    "needs-role": "for the role {role}; {name} has the role {has}",
    "no-such-account": "no account has this name and password",
    "not-in-config": "no channel {id} is in the config",
    "id-taken": "a channel that is carried, or of a multiplex, has this id",
    "taken-whole": "{id} is a programme of {multiplex}, which is taken whole",
    "one-source": "{id} has one source only",
    "no-config": "this node has no config file",
    "only-config-names": "only the config file may name files of the node",
    "not-tried": "{url} has not been tried, or nothing good came",
    "account-name": "expected 1 to 64 letters, digits, '.', '_', '-', '@', '+', not beginning with '.'",
    "password-length": "expected {shortest} to {longest} characters",
    "password-easy": "too easy to guess",
    "account-there": "there is an account {name}",
    "account-none": "there is no account {name}",
    "last-admin": "the last account with the role admin; only `yiwang accounts` may change it",
    "option-unknown": "unknown option {name}, expected {known}",
    "option-twice": "option {name} is given twice",
    "number-range": "{name} must be a whole number from {lowest} to {highest}, not {text}",
    "yes-or-no": "{name} must be 0 or 1, not {text}",
    "brackets": "an IPv6 address is written in brackets, [ff3e::1]:5000",
    "no-port": "no port; expected host:port",
    "no-ip": "{what} {text} is not an IPv4 or IPv6 address",
    "no-group": "a source needs a multicast group, and {address} is not one",
    "two-versions": "source and group must both be IPv4 or both IPv6",
    "no-unicast": "source {source} is not a unicast address",
    "most-copies": "at most {most} copies of a stream are merged",
    "rtp-copies": "only copies in RTP can be merged; expected rtp://A+rtp://B",
    "same-copy": "the same copy is named twice",
    "skew": "skew must be low, moderate, high or milliseconds, not {text}",
    "srt-mode": "mode must be caller or listener, not {text}",
    "srt-host": "a caller needs a host; expected srt://host:port",
    "no-host": "host {text} is not a name or an address",
    "passphrase": "passphrase must be of 10 to 64 octets",
    "streamid": "streamid must be of at most 512 octets",
    "http-form": "expected http://host/path or http://host:port/path",
    "file-host": "a file URL has no host; expected file:path or file:///path",
    "no-path": "no path",
    "align": "align must be utc, not {text}",
    "align-loop": "align=utc needs loop=1",
    "scheme": "scheme {name} is not one of udp, rtp, srt, http, https, file",
    "scheme-form": "expected {scheme}://",
    "udp-group": "expected udp://group:port",
    "own-source": "the source address is this node's own; expected udp://group:port",
    "group-missing": "no group; expected udp://group:port",
    "hops": "hops must be a whole number from 0 to {most}, once",
    "all-programmes-one": "one source only, where all its programmes are taken",
    "source-twice": "a source is listed twice",
    "sends-already": "{id} sends to {url} already",
    # what is wrong with a value of the config
    "key-missing": "is missing",
    "key-unknown": "is not a known key",
    "expected-text": "expected text, got {got}",
    "expected-whole": "expected a whole number, got {got}",
    "expected-number": "expected a number, got {got}",
    "expected-boolean": "expected true or false, got {got}",
    "expected-list": "expected a list, got {got}",
    "expected-table": "expected a table, got {got}",
    "expected-one-of": "expected one of {choices}; it is {got}",
    "expected-least": "expected {bound} or more, got {got}",
    "expected-most": "expected {bound} or less, got {got}",
    "expected-above": "expected more than {bound}, got {got}",
    "expected-below": "expected less than {bound}, got {got}",
    "expected-longer": "expected {least} characters or more",
    "expected-shorter": "expected {most} characters or fewer",
    "expected-domain": "expected a domain name in small letters, as tv.example.org, got {got}",
    "expected-printable": "expected visible ASCII characters without spaces",
    "expected-form": "is not of the form that is expected",
    "urls-expected": "expected a URL, or a list of URLs",
    "urls-count": "expected 1 to {most} URLs, got {count}",
    "program-form": 'expected a program_number, 1 to 65535, or "*" for all of the multiplex, got {got}',
    "region-undeclared": "no region {region}; declared: {known}",
    "number-of-another": "{number} is taken by {other} in the same region",
    "part-too-long": "must not exceed segment_duration",
    "window-too-short": "must be at least 5 segment durations",
    "identifier-form": "must be 1 to 64 of a-z, 0-9, '-', '_', '.', beginning with a letter or digit",
    "region-form": "must be 1 to 64 letters, digits, '-', '_', '.', as an ISO 3166-2 code: CN-ZJ",
    "used-twice": "{value} is used twice",
    "service-or-listing": "expected at least one, or a listing",
    "workers-form": 'expected 1 to {most}, or "auto" for one on each core, got {got}',
    "languages-form": 'expected true, false or a list of languages (ISO 639-2) like ["fra", "zho"], got {got}',
    "programmes-key": 'program = "*" makes many channels; name each by its own program',
    "programmes-id": 'with program = "*" at most {most} characters',
    "country-form": "expected three letters of ISO 3166-1 alpha-3, as CHN, got {got}",
    "store-url": "expected postgresql://user:password@host:port/database, or sqlite:///path/of/file",
    "prefix-form": "expected a prefix as 2001:db8:1::/48 or 10.1.0.0/16, got {got}",
    "prefix-bits": "expected a prefix as 2001:db8:1::/48 or 10.1.0.0/16; {got} has bits behind its length",
    "prefix-taken": "{prefix} is taken by {other}",
    "region-in-itself": "{region} lies within itself",
    "countries-of-part": "only of a region without a parent",
    "zone-form": "expected an IANA zone as Asia/Shanghai, or an offset as +08:00, got {got}",
    "carry-form": 'expected true, or a list of names or ids, as ["CCTV*", "浙江卫视"]',
    "carry-count": "expected 1 to {most} patterns; none may exceed {longest} characters",
    "list-url": "expected http://, https:// or file:/path, got {got}",
    "guide-carries-nothing": "a guide has no streams; carry is for lists of services",
    "refused-uncarried": "only what is carried can be refused; carry is not set",
    "own-name": "{name} is what the node's own channels are called",
    "last-below-first": "must not be below first",
    "only-or-not": "either only_in or not_in",
    "no-regions": "is missing, or not_in; only what cues say may be for everybody",
    "service-patterns": "expected ids of channels, with * and ? for any characters, got {got}",
    "moment-zone": "expected a zone, as 2026-12-01T19:30:00+08:00",
    "end-first": "must be after start",
    "hours-form": "expected as 19:30-21:00, got {got}",
    "no-service": "no service {id}",
    # what is wrong with the text of the config
    "not-toml": "not valid TOML",
    "toml-line": "line {line}, column {column}",
    "toml-end": "the end of the file",
    "toml-statement": "neither a key nor a table begins so",
    "toml-after": "something follows on the same line",
    "toml-twice": "this key or table has been there before",
    "toml-bracket": "the name of a table does not end with ]",
    "toml-equals": "there is no = after the key",
    "toml-key": "a key cannot begin so",
    "toml-list": "a list is not closed",
    "toml-table": "a table in braces is not closed",
    "toml-escape": "an escape with a backslash that TOML has not",
    "toml-text": "a text in quotation marks is not closed",
    "toml-character": "a character that may not be here",
    "toml-date": "there is no such date or time",
    "toml-value": "no value of TOML; a text needs quotation marks",
    # what it is about; last, for these are known by little
    "of-service": "service {id}",
    "of-source": "source {url}",
    "of-output": "output {url}",
}
"""The same, of what goes through exceptions, faults and other processes as plain text, and is known again by it."""
TEXTS |= TOLD


@dataclass(frozen=True, slots=True)
class Clause:
    """A code of `TEXTS`, and by name what fills its text in."""

    code: str
    values: tuple[tuple[str, str], ...] = ()


class Said(str):
    """A text in English that knows what it says; ``parts`` may be empty: then nobody can translate it.

    Matching says a hundred thousand of them, of which people read some: clauses are made when they are asked for.
    """

    __slots__ = ("parts",)
    parts: tuple[tuple[str, dict[str, object]], ...]


def said(code: str, **values: object) -> Said:
    """Say one thing."""
    made = Said(TEXTS[code].format_map(values))
    made.parts = ((code, values),)
    return made


def joined(*texts: str, by: str) -> Said:
    """Say one thing after another; what is plain text leaves the whole without clauses."""
    made, parts = Said(by.join(texts)), [text.parts if isinstance(text, Said) else () for text in texts]
    made.parts = tuple(one for some in parts for one in some) if all(parts) else ()
    return made


def clauses_of(text: str) -> tuple[Clause, ...]:
    """Return what a text says; empty: it is plain text, or nobody knows."""
    parts = text.parts if isinstance(text, Said) else ()
    return tuple(Clause(code, tuple((name, str(value)) for name, value in values.items())) for code, values in parts)


@lru_cache(4096)
def said_as(text: str) -> str:
    """Return a text that came as plain text, a Said if it is one that is known, perhaps with where it was before it."""
    code = _PLAIN.get(text)
    if code is not None:
        return said(code)
    if len(text) > LONGEST_KNOWN:
        return text
    if "\n" in text:
        lines = [said_as(line) for line in text.split("\n")]
        return joined(*lines, by="\n") if all(isinstance(line, Said) for line in lines) else text
    found = _filled().fullmatch(text)
    if found is not None and found.lastgroup is not None:
        group = found.lastgroup
        code, names = _GROUPS[group]
        return said(code, **{name: found[f"{group}_{name}"] for name in names})
    where, colon, rest = text.partition(": ")
    known = said_as(rest) if colon else rest
    if not isinstance(known, Said):
        return text
    if " " not in where:
        return joined(said("at", where=where), known, by=": ")
    before = said_as(where)
    return joined(before, known, by=": ") if isinstance(before, Said) else text


_PLAIN = {text: code for code, text in TEXTS.items() if "{" not in text}
_GROUPS = {
    f"g{n}": (code, tuple(re.findall(r"{(\w+)}", text)))
    for n, (code, text) in enumerate(TOLD.items())
    if "{" in text and code != "at"
}


@cache
def _filled() -> re.Pattern[str]:
    """Return what knows the filled texts of `TOLD`, made when first asked for; what fills in has no sentence in it."""
    ways = []
    for group, (code, _) in _GROUPS.items():
        pieces = re.split(r"{(\w+)}", TOLD[code])
        inner = "".join(
            re.escape(piece) if n % 2 == 0 else f"(?P<{group}_{piece}>(?:(?!: )[^;])*?)"
            for n, piece in enumerate(pieces)
        )
        ways.append(f"(?P<{group}>{inner})")
    return re.compile("|".join(ways))
