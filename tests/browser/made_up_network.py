"""The built pages over a made-up network of many channels in 40 regions: what a node would answer, without one."""

import contextlib
import gzip
import itertools
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.browser import made_up_guide
from yiwang.web.api import STATIC
from yiwang.web.first_page import FirstPage
from yiwang.web.http import Request
from yiwang.web.views import NetworkView

REGIONS = 40
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html; charset=utf-8", ".svg": "image/svg+xml"}


def network(channels: int) -> dict[str, Any]:
    """A network of many channels in 40 regions, every tenth of which has no signal, as `/api/network` answers."""
    track = {
        "language": "und",
        "role": "main",
        "width": 0,
        "height": 0,
        "frame_rate": 0,
        "channels": 0,
        "sampling_frequency": 0,
    }
    tracks = [
        {
            **track,
            "name": "video",
            "kind": "video",
            "codec": "avc1.64001f",
            "width": 1920,
            "height": 1080,
            "frame_rate": 25,
        },
        {**track, "name": "audio", "kind": "audio", "codec": "mp4a.40.2", "channels": 2, "sampling_frequency": 48000},
    ]
    return {
        "name": {"zh": "全国一网", "en": "One network"}, "version": "1", "cmcd": None,
        "regions": [{"id": f"r{n}", "name": {"zh": f"第{n}区", "en": f"Region {n}"}} for n in range(REGIONS)],
        "services": [
            {
                "id": f"s{n}", "number": n + 1, "name": {"zh": f"频道 {n}", "en": f"Channel {n}"},
                "region": f"r{n * REGIONS // channels}", "provider": "", "state": "live" if n % 10 else "no-signal",
                "reason": None, "low_latency": False, "hls": f"/live/s{n}/index.m3u8", "dash": f"/live/s{n}/manifest.mpd",
                "ts": f"/live/s{n}/ts.m3u8", "original": f"/live/s{n}/stream.ts", "tracks": tracks, "skipped": [],
                "now": None, "next": None, "applications": [], "dvb": None,
            }
            for n in range(channels)
        ],
    }  # fmt: skip


def guide(url: str) -> dict[str, Any]:
    """The made-up guide, asked by channels, too."""
    answer = made_up_guide.answer(url)
    asked = parse_qs(urlsplit(url).query).get("channel", [])
    if asked:
        places = [int(channel[1:]) for channel in asked if channel[1:].isdecimal()]
        query = urlsplit(url).query
        rows = [
            {
                **made_up_guide.answer(f"?{query}&offset={n % made_up_guide.CHANNELS}&limit=1")["rows"][0],
                "channel": f"s{n}",
            }
            for n in places
        ]
        answer |= {"total": len(rows), "rows": rows}
    return answer


class Changes:
    """What has changed since the network was listed; every page is told all of it."""

    def __init__(self) -> None:
        self._told: list[dict[str, Any]] = [{"services": [], "gone": []}]
        self._news = threading.Condition()

    def put(self, change: dict[str, Any]) -> None:
        """Tell a change."""
        with self._news:
            self._told.append(change)
            self._news.notify_all()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for n in itertools.count():
            with self._news:
                self._news.wait_for(lambda n=n: len(self._told) > n)  # type: ignore[misc]
            yield self._told[n]


class _Server(ThreadingHTTPServer):
    """Has what all connections share."""

    daemon_threads = True

    def __init__(self, channels: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.changes = Changes()
        listed = network(channels)
        self.view = NetworkView.model_validate(listed)
        self.listed = gzip.compress(json.dumps(listed, ensure_ascii=False).encode(), 4)

    def handle_error(self, *args: Any) -> None:
        """A page that is left leaves its requests."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *args: Any) -> None:
        """Nobody reads it."""

    def do_GET(self) -> None:
        """Answer as a node would; what is no file of the pages is not there."""
        path = urlsplit(self.path).path
        if path == "/api/network":
            self._send(self.server.listed, "application/json", content_encoding="gzip", etag='"1-1"')
        elif path == "/api/guide":
            self._send(json.dumps(guide(self.path), ensure_ascii=False).encode(), "application/json")
        elif path == "/api/events":
            self._events()
        elif path == "/":
            self._page()
        else:
            self._file(STATIC / path.lstrip("/"))

    def _send(self, octets: bytes, content_type: str, **headers: str) -> None:
        self.send_response(200)
        for name, value in {"content-type": content_type, "content-length": str(len(octets)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(octets)

    def _page(self) -> None:
        headers = {name.lower().encode(): value.encode() for name, value in self.headers.items()}
        asked = Request("GET", "/", urlsplit(self.path).query.encode(), headers)
        page = FirstPage((STATIC / "index.html").read_text("utf-8"))
        coding = {"content_encoding": "gzip"} if asked.accepts_gzip() else {}
        self._send(page.octets(asked, "1-1", self.server.view, 0), TYPES[".html"], **coding)

    def _events(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        with contextlib.suppress(OSError):
            for change in self.server.changes:
                self.wfile.write(f"event: change\nid: 1-1\ndata: {json.dumps(change)}\n\n".encode())
                self.wfile.flush()

    def _file(self, path: Path) -> None:
        packed = path.with_name(f"{path.name}.gz")
        if packed.is_file():
            self._send(packed.read_bytes(), TYPES[path.suffix], content_encoding="gzip")
        elif path.is_file():
            self._send(path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream"))
        else:
            self.send_error(404)


@contextlib.contextmanager
def served(channels: int) -> Iterator[tuple[str, Changes]]:
    """Serve the built pages over a made-up network."""
    server = _Server(channels)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server.changes
    finally:
        server.shutdown()
        server.server_close()
