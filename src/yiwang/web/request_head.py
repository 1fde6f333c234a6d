"""Header sections of requests, each read once: a player says the same with every request.

They are read by the parser that reads all other requests (httptools); what is unusual is left to it wholly.
"""

from dataclasses import dataclass

import httptools

from yiwang.web.http import Request

LONGEST_OCTETS = 4096
MOST_KEPT = 1024
"""Together 4 MB at most, and it is forgotten all at once."""
_UNUSUAL = {b"content-length", b"transfer-encoding", b"expect", b"upgrade"}
_CONDITIONS = {b"if-none-match", b"range"}


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What the header section of a request says.

    ``is_plain``: an HTTP/1.1 request without a body, after which the connection stays open. ``has_conditions``: the answer
    depends on more than its name and its coding.
    """

    headers: dict[bytes, bytes]
    is_plain: bool
    accepts_gzip: bool
    has_conditions: bool


NOT_PLAIN = RequestHead({}, False, False, False)


class _Reader:
    """Counts messages and takes headers; httptools calls it."""

    def __init__(self) -> None:
        self.begun = self.complete = 0
        self.headers: dict[bytes, bytes] = {}
        self.keeps_alive = False
        self.parser = httptools.HttpRequestParser(self)

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.lower()] = value

    def on_headers_complete(self) -> None:
        self.keeps_alive = self.parser.should_keep_alive()  # it is forgotten when the message is complete

    def on_message_complete(self) -> None:
        self.complete += 1


def read_head(section: bytes) -> RequestHead:
    """Read a header section: all that follows the request line of a GET, to the empty line."""
    reader = _Reader()
    try:
        reader.parser.feed_data(b"GET / HTTP/1.1\r\n" + section)
    except (httptools.HttpParserError, httptools.HttpParserUpgrade):
        return NOT_PLAIN
    headers = reader.headers
    if reader.begun != 1 or reader.complete != 1 or not reader.keeps_alive or _UNUSUAL & headers.keys():
        return NOT_PLAIN
    gzip = Request("GET", "/", b"", headers).accepts_gzip()
    return RequestHead(headers, True, gzip, bool(_CONDITIONS & headers.keys()))


class RequestHeads:
    """The header sections that were read lately."""

    def __init__(self) -> None:
        self._known: dict[bytes, RequestHead] = {}

    def of(self, section: bytes) -> RequestHead:
        """Return what a section says."""
        head = self._known.get(section)
        if head is None:
            if len(section) > LONGEST_OCTETS:
                return NOT_PLAIN
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            head = self._known[section] = read_head(section)
        return head
