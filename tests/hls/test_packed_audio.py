"""ID3 tags before packed audio: the time stamp, in every form that the tag's versions have."""

import pytest

from yiwang.hls.packed_audio import OWNER, PackedAudio, read_packed_audio

FRAMES = b"\xff\xf1rest"
PTS = (1 << 33) - 5


def sized(n: int, *, syncsafe: bool) -> bytes:
    return bytes(n >> shift & 0x7F for shift in (21, 14, 7, 0)) if syncsafe else n.to_bytes(4, "big")


def frame(name: bytes, body: bytes, version: int = 4) -> bytes:
    return name + sized(len(body), syncsafe=version >= 4) + b"\0\0" + body


def tag(frames: bytes, version: int = 4, flags: int = 0, after: bytes = b"") -> bytes:
    return b"ID3" + bytes((version, 0, flags)) + sized(len(frames), syncsafe=True) + frames + after


STAMP = OWNER + PTS.to_bytes(8, "big")


@pytest.mark.parametrize(
    "before",
    [
        tag(frame(b"PRIV", STAMP)),
        tag(frame(b"PRIV", OWNER + (PTS | 7 << 33).to_bytes(8, "big"))),
        tag(frame(b"TXXX", bytes(300)) + frame(b"PRIV", STAMP) + bytes(50)),
        tag(frame(b"TXXX", bytes(300), 3) + frame(b"PRIV", STAMP, 3), 3),
        tag(frame(b"PRIV", b"other\0" + bytes(8)) + frame(b"PRIV", STAMP)),
        tag(b"\0\0\0\6\1\0" + frame(b"PRIV", STAMP), flags=0x40),
        tag(b"\0\0\0\6\0\0\0\0\0\0" + frame(b"PRIV", STAMP, 3), 3, 0x40),
        tag(frame(b"PRIV", STAMP), flags=0x10, after=b"3DI" + bytes(7)),
        tag(frame(b"TIT2", b"x")) + tag(frame(b"PRIV", STAMP)),
    ],
)
def test_the_time_stamp_is_found(before: bytes):
    assert read_packed_audio(before + FRAMES) == PackedAudio(len(before), PTS)


@pytest.mark.parametrize(
    ("octets", "found"),
    [
        (FRAMES, PackedAudio(0)),
        (b"", PackedAudio(0)),
        (b"ID3\4", PackedAudio(0)),
        (tag(frame(b"PRIV", STAMP[:-1])) + FRAMES, PackedAudio(len(tag(frame(b"PRIV", STAMP[:-1]))))),
        (tag(frame(b"PRIV", STAMP))[:40], PackedAudio(40)),
        (b"ID3\4\0\0\x7f\x7f\x7f\x7f" + FRAMES, PackedAudio(16)),
    ],
)
def test_without_one_nothing_is_made_up(octets: bytes, found: PackedAudio):
    assert read_packed_audio(octets) == found
