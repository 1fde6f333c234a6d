"""`yiwang services` and a node that answers, answers wrongly, or does not."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.cli.command import yiwang  # noqa: F401 - a fixture
from yiwang.cli import services as command


def listed(number: int | None, id_: str, name: str) -> dict[str, Any]:
    names = [{"value": name, "lang": "zh"}]
    members = [
        {"id": f"{s}/{id_}", "source": s, "region": "", "number": number, "names": names, "quality": "hd", "urls": [f"http://{s}.example/{id_}"]}
        for s in ("zj", "js")
    ]  # fmt: skip
    return {
        "id": id_,
        "number": number,
        "names": names,
        "logo": "",
        "regions": [],
        "members": members,
        "variants": ["v"],
    }


RULES = [
    {"id": "rights", "only_in": ["CN-ZJ"], "not_in": [], "start": None, "end": "2026-12-01T14:00:00.000Z",
     "hours": "19:30-21:00", "days": [2], "cue": "", "reason": {"zh": "版权", "en": "rights"}, "instead": "news"},
    {"id": "cues", "only_in": [], "not_in": [], "start": None, "end": None, "hours": "", "days": [], "cue": "web",
     "reason": {"zh": "网络", "en": "not on the web"}, "instead": ""},
]  # fmt: skip

SERVICES = [listed(1, "cctv1", "综合"), listed(4, "zjws", "浙江卫视"), listed(None, "x", "无号")]
EVIDENCE = [
    {"one": "zj/zjws", "other": "js/zjws", "kind": "name", "score": 4.5, "detail": "浙江卫视", "followed": True},
    {"one": "zj/zjws", "other": "ah/zjws", "kind": "against", "score": -2.0, "detail": "both in AH", "followed": False},
]


class Node(BaseHTTPRequestHandler):
    """Pages as the API does."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/api/services":
            first = int(query["offset"])
            page = SERVICES[first : first + int(query["limit"])]
            self._say(200, {"revision": 1, "total": len(SERVICES), "services": page})
        elif parts.path == "/api/services/zjws":
            self._say(200, {"service": {**SERVICES[1], "restrictions": RULES}, "evidence": EVIDENCE})
        elif parts.path == "/api/services/bad":
            self._say(500, {})
        else:
            self._say(404, {})

    def _say(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Node)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    Node.asked.clear()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_all_pages_are_listed(yiwang, url, monkeypatch):  # noqa: F811
    monkeypatch.setattr(command, "PAGE", 2)
    ran = yiwang("services", "list", "--url", url, "--region", "CN-ZJ")
    assert ran.code == 0, ran.err
    lines = [line.split() for line in ran.out.splitlines()]
    assert [line[:3] for line in lines] == [["1", "cctv1", "综合"], ["4", "zjws", "浙江卫视"], ["-", "x", "无号"]]
    assert lines[0][3:] == ["(zj,", "js)"]
    assert len(Node.asked) == 2
    assert all("region=CN-ZJ" in path for path in Node.asked)
    assert json.loads(yiwang("services", "list", "--url", url, "--json").out) == SERVICES


def test_every_piece_of_evidence_is_shown(yiwang, url):  # noqa: F811
    ran = yiwang("services", "explain", "zjws", "--url", url)
    assert ran.code == 0, ran.err
    followed, against = ran.out.index("one because of:"), ran.out.index("against, or not followed:")
    assert followed < ran.out.index("+4.50") < against < ran.out.index("-2.00")
    assert ran.out.index("zj/zjws") < ran.out.index("js/zjws")
    for part in ("http://js.example/zjws", "both in AH", "certain hours: v"):
        assert part in ran.out
    for line in (
        "rights  only in CN-ZJ, until 2026-12-01T14:00:00.000Z 19:30-21:00 on days 2: rights; instead news",
        "cues  for nobody, while cues say so (web): not on the web",
    ):
        assert line in ran.out
    explained = json.loads(yiwang("services", "explain", "zjws", "--url", url, "--json").out)
    assert explained["evidence"] == EVIDENCE


def test_what_goes_wrong_is_one_line(yiwang, url):  # noqa: F811
    yiwang("services", "explain", "a/b", "--url", url).fails(2, "no service", "a/b")
    yiwang("services", "explain", "bad", "--url", url).fails(1, url, "500")
    yiwang("services", "list", "--url", f"{url}/elsewhere").fails(1, "404")
    yiwang("services", "list", "--url", "http://127.0.0.1:1").fails(1, "http://127.0.0.1:1")
    for wrong in ("localhost:8080", "ftp://x", "http://[x", "http://x:99999"):
        yiwang("services", "list", "--url", wrong).fails(2, "--url", wrong)
