"""Made-up HEVC television, and the damage that tells open GOPs from closed ones."""

import io
from fractions import Fraction
from functools import lru_cache
from random import Random

import av
import numpy as np

from tests.packaging import television as tv

GOP = 27
"""Not a multiple of the 4 pictures between references: so CRA pictures have RASL pictures."""
CRA_HEADER, BLA_HEADER, AUD_HEADER, FILLER_HEADER = b"\x2a\x01", b"\x20\x01", b"\x46\x01", b"\x4c\x01"
HDR10 = (
    "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1:max-cll=1000,400:"
    "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)"
)


@lru_cache
def stream(
    seconds: float = 10, parameters: str = "", size: tuple[int, int] = (96, 64), rate: int = 25, bits: int = 8
) -> bytes:
    """A transport stream: HEVC in open GOPs, whose picture changes all the time, and a tone in AAC."""
    file = io.BytesIO()
    fixed = f"log-level=none:keyint={GOP}:min-keyint={GOP}:open-gop=1:bframes=3:b-adapt=0:scenecut=0:repeat-headers=1"
    options = {"preset": "ultrafast", "x265-params": f"{fixed}:{parameters}"}
    width, height = size
    with av.open(file, "w", format="mpegts") as container:
        pictures = container.add_stream("libx265", rate=rate, options=options)
        pictures.width, pictures.height, pictures.pix_fmt = width, height, "yuv420p10le" if bits == 10 else "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="stereo")
        shape = np.arange(height * 3 // 2)[:, None] + np.arange(width)[None, :]
        wave = np.sin(np.arange(48000 // rate) * 2 * np.pi * 440 / 48000).astype(np.float32) / 4
        for n in range(int(seconds * rate)):
            frame = av.VideoFrame.from_ndarray(((shape * 3 + n * 5) % 200).astype(np.uint8), format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, rate)
            container.mux(pictures.encode(frame.reformat(format=pictures.pix_fmt)))
            samples = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
            samples.sample_rate, samples.pts, samples.time_base = 48000, n * (48000 // rate), Fraction(1, 48000)
            container.mux(sound.encode(samples))
        for encoder in (pictures, sound):
            container.mux(encoder.encode(None))
    return file.getvalue()


def with_headers(octets: bytes, old: bytes, new: bytes) -> bytes:
    """The stream with the header of some NAL units replaced."""
    return octets.replace(b"\0\0\1" + old, b"\0\0\1" + new)


def without_delimiters(octets: bytes) -> bytes:
    return with_headers(octets, AUD_HEADER, FILLER_HEADER)


def pictures_at(octets: bytes) -> list[tuple[int, int]]:
    """(index of its first packet, nal_unit_type) of each picture: one PES packet each."""
    found = []
    for n, packet in enumerate(tv.packets(octets)):
        if tv.pid_of(packet) == tv.VIDEO_PID and packet[1] & 0x40:
            found.append(n)
    all_packets, out = tv.packets(octets), []
    for first, end in zip(found, [*found[1:], len(all_packets)], strict=True):
        payload = b"".join(_payload(p) for p in all_packets[first:end] if tv.pid_of(p) == tv.VIDEO_PID)
        kinds = [payload[at + 3] >> 1 for at in _start_codes(payload)]
        out.append((first, next(kind for kind in kinds if kind < 32)))
    return out


def _payload(packet: bytes) -> bytes:
    return packet[5 + packet[4] if packet[3] & 0x20 else 4 :]


def _start_codes(octets: bytes) -> list[int]:
    places, at = [], octets.find(b"\0\0\1")
    while at >= 0:
        if octets[at + 3] & 0x80 == 0 and at + 3 < len(octets):
            places.append(at)
        at = octets.find(b"\0\0\1", at + 3)
    return places


def without_picture(octets: bytes, number: int) -> bytes:
    """The stream without the packets of one picture, lost on the way."""
    places = [first for first, _ in pictures_at(octets)]
    begin, end = places[number], places[number + 1]
    rows = tv.packets(octets)
    return b"".join(p for n, p in enumerate(rows) if not (begin <= n < end and tv.pid_of(p) == tv.VIDEO_PID))


def as_private_data(octets: bytes) -> bytes:
    """The stream whose PMT says private data; the registration descriptor alone tells what it is."""

    def rewrite(section: bytearray) -> None:
        at = section.index(bytes([0x24, 0xE0 | tv.VIDEO_PID >> 8, tv.VIDEO_PID & 0xFF]))
        assert section[at + 5 : at + 11] == b"\x05\x04HEVC"
        section[at] = 0x06

    return tv.with_sections(octets, tv.PMT_PID, rewrite)


def without_sets(octets: bytes, header: bytes, until: int) -> bytes:
    """The stream whose parameter sets of one kind are filler data in its first pictures."""
    at = 188 * pictures_at(octets)[until][0]
    return with_headers(octets[:at], header, FILLER_HEADER) + octets[at:]


def with_losses(octets: bytes, share: float, seed: int) -> bytes:
    """Bursts of one to seven packets are lost on the way."""
    rng, kept, burst = Random(seed), tv.packets(octets)[:8], 0
    for packet in tv.packets(octets)[8:]:
        if not burst and rng.random() < share / 4:
            burst = rng.randint(1, 7)
        if burst:
            burst -= 1
        else:
            kept.append(packet)
    return b"".join(kept)
