"""Television for nodes: a film that can be looped without a joint, and the same with another time base."""

import io
from pathlib import Path

import av
import pytest

from tests.packaging import television as tv

FILM_S = 8
"""375 AAC frames of 1024 samples at 48 kHz: pictures and sound are of one length."""


def without_joint(octets: bytes) -> bytes:
    """Take away the sound before the first and after the last picture, which encoders add."""
    out = io.BytesIO()
    with av.open(io.BytesIO(octets)) as given, av.open(out, "w", format="mpegts") as container:
        streams = {stream.index: container.add_stream_from_template(stream) for stream in given.streams}
        packets = [packet for packet in given.demux() if packet.dts is not None]
        begin = min(packet.pts for packet in packets if packet.stream.type == "video")
        frames = 0
        for packet in packets:
            if packet.stream.type == "audio":
                if packet.pts < begin or frames == FILM_S * 48000 // 1024:
                    continue
                frames += 1
            packet.stream = streams[packet.stream.index]
            container.mux(packet)
        assert frames == FILM_S * 48000 // 1024
    return out.getvalue()


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random access point each second."""
    path = tmp_path_factory.mktemp("film") / "film.ts"
    path.write_bytes(without_joint(tv.stream(FILM_S, gop=25)))
    return path


@pytest.fixture(scope="session")
def other_base(tmp_path_factory: pytest.TempPathFactory, film: Path) -> Path:
    """The same, three hours later by its own clock."""
    path = tmp_path_factory.mktemp("film") / "other_base.ts"
    path.write_bytes(tv.shifted(film.read_bytes(), 3 * 3600 * 90_000))
    return path
