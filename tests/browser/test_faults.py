"""Faults of a source as viewers see them: no player stands still for longer than the fault, and sound stays with the picture.

Every fault has a channel of its own, all happen in the same seconds, and a channel without one tells what the machine
itself costs. They are watched in Shaka Player (DASH) and in hls.js (CMAF: ``index``; MPEG-TS: ``ts``).
"""

import socket
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree
from playwright.sync_api import Browser

from tests.browser.conftest import Node, node_with
from tests.conftest import ROOT, missing
from tests.free_port import free_port
from tests.packaging import television as tv
from tests.packaging.flash_and_beep import apart, beeps, flash_and_beep, flashes
from yiwang.net import wall_clock

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MODULES = ROOT / "src/yiwang/web/ui/node_modules"
PLAYERS = ("shaka-player/dist/shaka-player.compiled.js", "hls.js/dist/hls.min.js")
NS = {"d": "urn:mpeg:dash:schema:mpd:2011"}

WATCHED = {
    "none": ("shaka", "index", "ts"),
    "wrap": ("shaka", "index", "ts"),
    "jump": ("shaka", "index", "ts"),
    "silence": ("shaka", "index", "ts"),
    "sound": ("shaka",),  # HLS lists other audio from then on, which hls.js does not learn of
    "loss": ("shaka", "index", "ts"),
    "restart": ("shaka", "index", "ts"),
}
SECONDS = 26
FAULT_S = 10
SEGMENT_S = 2
REACTION_S = {"shaka": 0.5, "ts": 0.5, "index": 8}
"""What players take to see that they stand before a hole. Of hls.js near the edge of low-latency HLS it says little more than
that it goes on by itself: there it stands still for some seconds now and then, on the channel without a fault, too."""
AUDIO_FRAME_S = 1152 / 48_000  # of MP2, the longer one
DATAGRAM = 7 * 188

Picture = tuple[float, bytes]
"""When it is sent, in seconds; the packets from its first to the next picture's."""


@cache
def made(audio_codec: str) -> bytes:
    return flash_and_beep(SECONDS, audio_codec)


def pictures(octets: bytes, first_s: float = 0) -> list[Picture]:
    """Cut a stream into what is sent at a time, at the pace of its DTS."""
    found: list[Picture] = []
    base = tv.first_dts(octets)
    for packet in tv.packets(octets):
        if tv.pid_of(packet) == tv.VIDEO_PID and packet[1] & 0x40:
            found.append((first_s + ((tv.first_dts(packet) - base) % tv.WRAP) / 90_000, b""))
        at, before = found[-1] if found else (first_s, b"")
        found[-1:] = [(at, before + packet)]
    return found


def one_after_the_other(*parts: Sequence[Picture]) -> list[Picture]:
    """Join parts with continuity counters that go on."""
    sent = [picture for part in parts for picture in part]
    octets, at, joined = tv.continuous([data for _, data in sent]), 0, []
    for seconds, data in sent:
        joined.append((seconds, octets[at : at + len(data)]))
        at += len(data)
    return joined


def until(end_s: float, part: Sequence[Picture]) -> list[Picture]:
    return [picture for picture in part if picture[0] < end_s]


def since(begin_s: float, part: Sequence[Picture]) -> list[Picture]:
    return [picture for picture in part if picture[0] >= begin_s]


@dataclass(frozen=True)
class Fault:
    """What is sent, and for how long nothing of it can be played."""

    sent: list[Picture]
    lasts_s: float = 0
    lost: frozenset[int] = frozenset()  # numbers of pictures whose datagrams do not arrive
    spoilt: int = 0  # flashes in pictures whose references are lost: they may be seen a picture too late


@cache
def as_sent() -> float:
    """How much later than its flash a beep is in the stream, in seconds."""
    (late,) = {round(late, 3) for late in apart(flashes(made("aac")), beeps(made("aac")))}
    return late


@cache
def faults() -> dict[str, Fault]:
    """What is sent on each channel; whatever happens does so from FAULT_S on."""
    whole, mp2 = made("aac"), made("mp2")
    plain = pictures(whole)
    at_wrap = tv.WRAP - FAULT_S * 90_000 - tv.first_dts(whole)
    other_sound = tv.with_version(tv.moved(mp2, {tv.AUDIO_PID: 0x111}), 1)
    n = FAULT_S * 25
    return {
        "none": Fault(plain),
        "wrap": Fault(pictures(tv.shifted(whole, at_wrap))),
        "jump": Fault(
            one_after_the_other(until(FAULT_S, plain), since(FAULT_S, pictures(tv.shifted(whole, 90_000_000))))
        ),
        "silence": Fault(until(FAULT_S, plain) + since(FAULT_S + 3, plain), 3),
        "sound": Fault(one_after_the_other(until(FAULT_S, plain), since(FAULT_S, pictures(other_sound)))),
        "loss": Fault(plain, 4, frozenset([n + 3, n + 20, n + 41, *range(n + 60, n + 67)]), 3),
        "restart": Fault(until(FAULT_S, plain) + until(SECONDS, pictures(tv.shifted(whole, 12_345), FAULT_S + 1)), 1),
    }


def send(fault: Fault, port: int, begin_ms: int, stop: threading.Event) -> None:
    """Send datagrams as they are due; ``begin_ms`` is the time (UTC) of the first."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for n, (seconds, octets) in enumerate(fault.sent):
            if stop.wait(max(0, begin_ms / 1000 + seconds - wall_clock.now_ms() / 1000)):
                return
            if n not in fault.lost:
                for at in range(0, len(octets), DATAGRAM):
                    sock.sendto(octets[at : at + DATAGRAM], ("127.0.0.1", port))


WATCH = """([watched, port, fromMs]) => {
  window.watched = {}
  const watch = (key, wallClock) => {
    const video = document.body.appendChild(document.createElement('video'))
    video.muted = true
    const seen = window.watched[key] = { errors: [], longest: 0, at: 0 }
    let last = -1, since = performance.now()
    const from = since + fromMs - Date.now() // before, hls.js is still finding its place at the live edge
    setInterval(() => {
      const now = performance.now()
      if (video.currentTime !== last) { last = video.currentTime; since = now }
      if (video.played.length && now > from) seen.longest = Math.max(seen.longest, now - Math.max(since, from))
      seen.at = wallClock() ?? 0
      seen.time = video.currentTime
      seen.buffered = Array.from(video.buffered, (_, n) => [video.buffered.start(n), video.buffered.end(n)])
    }, 40)
    return [video, seen]
  }
  const start = async (name, player) => {
    const key = `${name} ${player}`
    const url = `http://${name}-${player}.localhost:${port}/live/${name}` // six connections for each, not for all
    if (player === 'shaka') {
      const shown = new shaka.Player()
      const [video, seen] = watch(key, () => shown.getPlayheadTimeAsDate()?.getTime())
      shown.addEventListener('error', (e) => seen.errors.push(`shaka ${e.detail.code}`))
      await shown.attach(video)
      await shown.load(`${url}/manifest.mpd`)
      await video.play()
    } else {
      const hls = new Hls()
      const [video, seen] = watch(key, () => hls.playingDate?.getTime())
      hls.on(Hls.Events.ERROR, (_, data) => data.fatal && seen.errors.push(data.details))
      hls.attachMedia(video)
      hls.loadSource(`${url}/${player}.m3u8`)
      video.addEventListener('canplay', () => video.play(), { once: true })
    }
  }
  for (const [name, players] of Object.entries(watched)) for (const player of players) start(name, player)
}"""


@dataclass
class Seen:
    """What came of all faults: of each channel and player, and the node while it still has the media."""

    watched: dict[str, dict[str, Any]]
    fault_at_ms: float
    node: Node


@pytest.fixture(scope="module")
def seen(browser: Browser, pages_built: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    for file in PLAYERS:
        if not (MODULES / file).is_file():
            missing(f"{file} is not installed: make setup")
    channels = {name: (fault, free_port(socket.SOCK_DGRAM)) for name, fault in faults().items()}
    services = "".join(
        f"""
        [[service]]
        id = "{name}"
        number = {n}
        name = {{ en = "{name}" }}
        source = "udp://127.0.0.1:{port}"
        """
        for n, (name, (_, port)) in enumerate(channels.items(), 1)
    )
    folder: Path = tmp_path_factory.mktemp("faults")
    (folder / "warm.ts").write_bytes(made("aac"))
    services += f"""
        [[service]]
        id = "warm"
        number = 99
        name = {{ en = "has every kernel loaded before time matters" }}
        source = "file:{folder}/warm.ts?loop=1"
        """
    stop = threading.Event()
    with node_with(folder, services, "faults.log") as node:
        node.wait_for_state("warm", "live")
        begin_ms = wall_clock.now_ms() + 500
        senders = [
            threading.Thread(target=send, args=(fault, port, begin_ms, stop)) for fault, port in channels.values()
        ]
        for sender in senders:
            sender.start()
        try:
            for name in channels:
                node.wait_for_state(name, "live")
            page = browser.new_page()
            page.set_default_timeout(40_000)
            page.goto(f"{node.url}/healthz")
            for file in PLAYERS:
                page.add_script_tag(path=MODULES / file)
            page.evaluate(WATCH, [WATCHED, node.port, begin_ms + 1000 * (FAULT_S - 1)])
            page.wait_for_timeout(begin_ms + SECONDS * 1000 - wall_clock.now_ms())
            yield Seen(page.evaluate("window.watched"), begin_ms + FAULT_S * 1000, node)
            page.close()
        finally:
            stop.set()
            for sender in senders:
                sender.join()


@pytest.mark.parametrize(("name", "player"), [(name, player) for name in WATCHED for player in WATCHED[name]])
def test_a_player_stands_still_no_longer_than_the_fault_and_a_segment(seen: Seen, name: str, player: str):
    watched, machine = seen.watched[f"{name} {player}"], seen.watched[f"none {player}"]
    lasts_s = faults()[name].lasts_s
    assert watched["errors"] == []
    assert watched["at"] > seen.fault_at_ms + 1000 * (lasts_s + 1), seen.watched
    assert watched["longest"] <= 3 * machine["longest"] + 1000 * (lasts_s + SEGMENT_S + REACTION_S[player]), (
        seen.watched
    )


def published(url: str, kind: str) -> Iterator[bytes]:
    """Octets of a kind of track, of each Period; without the last segment, which will never be whole."""
    root = etree.fromstring(httpx.get(f"{url}/manifest.mpd").content)
    periods = root.findall("d:Period", NS)
    for period in periods:
        template = period.find(f"d:AdaptationSet[@contentType='{kind}']//d:SegmentTemplate", NS)
        track = period.find(f"d:AdaptationSet[@contentType='{kind}']/d:Representation", NS).get("id")
        names = [template.get("initialization")]
        count = sum(1 + int(s.get("r", 0)) for s in template.iterfind(".//d:S", NS)) - (period is periods[-1])
        first = int(template.get("startNumber"))
        names += [f"{track}/{number}.m4s" for number in range(first, first + count)]
        yield b"".join(httpx.get(f"{url}/{name}").raise_for_status().content for name in names)


@pytest.mark.parametrize("name", WATCHED)
def test_sound_stays_with_the_picture(seen: Seen, name: str):
    url = f"{seen.node.url}/live/{name}"
    late: list[float] = []
    for picture, sound in zip(published(url, "video"), published(url, "audio"), strict=True):
        late += apart(flashes(picture), beeps(sound))
    assert len(late) > SECONDS - 9 - faults()[name].lasts_s
    off = sorted(abs(each - as_sent()) for each in late)
    assert off[-1 - faults()[name].spoilt] < AUDIO_FRAME_S, late
