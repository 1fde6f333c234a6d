"""Documents of others: whole or a sentence why not."""

import asyncio
import gzip
import http.server
import lzma
import threading

import pytest

from yiwang.net import document
from yiwang.net.document import DocumentError, fetch, new_client, unpack

TEXT = b"<tv>" + b"x" * 5000 + b"</tv>"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path
        if path == "/hangs":
            self.server.hanging.wait(90)
            return
        if path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/moved")
            self.end_headers()
            return
        if path == "/gone":
            self.send_error(404)
            return
        body = gzip.compress(TEXT) if path.endswith("gz") else TEXT
        if self.headers.get("If-None-Match") == '"1"':
            self.send_response(304)
            self.end_headers()
            return
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(body) + 100 * (path == "/cut")))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def peer():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.hanging = threading.Event()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.hanging.set()
        server.shutdown()
        thread.join()


def get(url, max_octets=1 << 20, **known):
    async def run():
        async with new_client() as client:
            return await fetch(client, url, max_octets, **known)

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["/guide.xml", "/guide.xml.gz"])
def test_a_document_comes_once_and_then_only_when_it_is_another(peer, path):
    got = get(peer + path)
    assert (got.octets, got.etag) == (TEXT, '"1"')
    assert get(peer + path, etag=got.etag) is None


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/gone", "404"),
        ("/moved", "more than 5 redirects"),
        ("/cut", "peer closed connection"),
        ("/big", "larger than"),
    ],
)
def test_what_cannot_be_had_is_one_line(peer, path, sentence):
    with pytest.raises(DocumentError, match=sentence) as error:
        get(peer + path, 1000 if path == "/big" else 1 << 20)
    assert "\n" not in str(error.value)


def test_a_peer_that_hangs_is_left(peer, monkeypatch):
    monkeypatch.setattr(document, "SILENCE_TIMEOUT_S", 0.2)
    with pytest.raises(DocumentError, match="silent"):
        get(f"{peer}/hangs")


def test_nobody_there_is_one_line():
    with pytest.raises(DocumentError):
        get("http://127.0.0.1:1/x")


def test_files_are_read_when_they_have_changed(tmp_path):
    path = tmp_path / "a b.xml.xz"
    path.write_bytes(lzma.compress(TEXT))
    got = get(f"file:{tmp_path}/a%20b.xml.xz")
    assert got.octets == TEXT
    assert get(f"file:{tmp_path}/a%20b.xml.xz", etag=got.etag) is None
    path.write_bytes(TEXT[:100])
    assert get(f"file:{tmp_path}/a%20b.xml.xz", etag=got.etag).octets == TEXT[:100]
    with pytest.raises(DocumentError, match="No such file"):
        get(f"file:{tmp_path}/none")


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_packings_are_taken_off_and_bombs_are_not(pack):
    assert unpack(pack(TEXT), 1 << 20) == TEXT
    assert unpack(gzip.compress(pack(TEXT)), 1 << 20) == TEXT
    assert unpack(pack(TEXT) + pack(TEXT), 1 << 20) == TEXT + TEXT
    with pytest.raises(DocumentError, match="larger than"):
        unpack(pack(bytes(50 << 20)), 1 << 20)
    with pytest.raises(DocumentError, match="cut off"):
        unpack(pack(TEXT)[:40], 1 << 20)
    with pytest.raises(DocumentError, match="cannot be unpacked"):
        unpack(pack(TEXT)[:6] + b"nonsense" * 20, 1 << 20)
