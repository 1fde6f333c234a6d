"""Made-up television for the tests: encoded once, muxed by PyAV, changed packet by packet in slow plain Python."""

import io
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np

WRAP = 1 << 33


@lru_cache
def stream(
    seconds: float = 12, rate: int = 25, gop: int = 50, b_frames: int = 2, audio: bool = True, video: bool = True
) -> bytes:
    """A transport stream: H.264 whose picture changes all the time, AAC tone."""
    file = io.BytesIO()
    options = {"preset": "ultrafast", "bf": str(b_frames), "g": str(gop), "sc_threshold": "0", "keyint_min": str(gop)}
    options["x264-params"] = "scenecut=0:open-gop=0"
    with av.open(file, "w", format="mpegts") as container:
        pictures = container.add_stream("libx264", rate=rate, options=options) if video else None
        if pictures is not None:
            pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
        sound = container.add_stream("aac", rate=48000, layout="stereo") if audio else None
        shape = np.arange(96 * 96).reshape(96, 96)
        wave = np.sin(np.arange(48000 // rate) * 2 * np.pi * 440 / 48000).astype(np.float32) / 4
        for n in range(int(seconds * rate)):
            if pictures is not None:
                frame = av.VideoFrame.from_ndarray(((shape * 3 + n * 5) % 200).astype(np.uint8), format="yuv420p")
                frame.pts, frame.time_base = n, Fraction(1, rate)
                container.mux(pictures.encode(frame))
            if sound is not None:
                samples = av.AudioFrame.from_ndarray(np.stack([wave, wave]), format="fltp", layout="stereo")
                samples.sample_rate, samples.pts, samples.time_base = 48000, n * (48000 // rate), Fraction(1, 48000)
                container.mux(sound.encode(samples))
        for encoder in (pictures, sound):
            if encoder is not None:
                container.mux(encoder.encode(None))
    return file.getvalue()


def packets(octets: bytes) -> list[bytes]:
    return [octets[at : at + 188] for at in range(0, len(octets), 188)]


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def _stamp(prefix: int, value: int) -> bytes:
    value %= WRAP
    return bytes(
        [
            prefix << 4 | (value >> 30) << 1 | 1,
            value >> 22 & 0xFF,
            (value >> 15 & 0x7F) << 1 | 1,
            value >> 7 & 0xFF,
            (value & 0x7F) << 1 | 1,
        ]
    )


def _read(five: bytes) -> int:
    return (five[0] >> 1 & 7) << 30 | five[1] << 22 | (five[2] >> 1) << 15 | five[3] << 7 | five[4] >> 1


def shifted(octets: bytes, by_90k: int) -> bytes:
    """The same stream with PCR, PTS and DTS moved, modulo 2**33."""
    out = []
    for packet in packets(octets):
        p = bytearray(packet)
        at = 4
        if p[3] & 0x20:
            at = 5 + p[4]
            if p[4] >= 7 and p[5] & 0x10:
                base = (int.from_bytes(p[6:10], "big") << 1 | p[10] >> 7) + by_90k
                base %= WRAP
                p[6:10] = (base >> 1).to_bytes(4, "big")
                p[10] = (p[10] & 0x7F) | (base & 1) << 7
        if p[1] & 0x40 and p[3] & 0x10 and p[at : at + 3] == b"\0\0\1" and p[at + 3] >= 0xBD:
            flags = p[at + 7] >> 6
            if flags & 2:
                p[at + 9 : at + 14] = _stamp(p[at + 9] >> 4, _read(p[at + 9 : at + 14]) + by_90k)
            if flags == 3:
                p[at + 14 : at + 19] = _stamp(1, _read(p[at + 14 : at + 19]) + by_90k)
        out.append(bytes(p))
    return b"".join(out)


def first_dts(octets: bytes) -> int:
    """DTS (PTS) of the first video PES packet."""
    for p in packets(octets):
        at = 5 + p[4] if p[3] & 0x20 else 4
        if p[1] & 0x40 and p[at : at + 3] == b"\0\0\1" and p[at + 3] & 0xF0 == 0xE0:
            return _read(p[at + 14 : at + 19]) if p[at + 7] >> 6 == 3 else _read(p[at + 9 : at + 14])
    raise AssertionError("no video")


def continuous(parts: list[bytes]) -> bytes:
    """Join streams with continuity counters that go on."""
    counters: dict[int, int] = {}
    out = []
    for packet in (p for part in parts for p in packets(part)):
        p = bytearray(packet)
        pid = pid_of(packet)
        if p[3] & 0x10:
            counters[pid] = (counters.get(pid, 15) + 1) % 16
        p[3] = p[3] & 0xF0 | counters.get(pid, 0)
        out.append(bytes(p))
    return b"".join(out)


def crc32_mpeg2(octets: bytes) -> int:
    """ISO/IEC 13818-1 Annex A, bit by bit."""
    crc = 0xFFFFFFFF
    for octet in octets:
        crc ^= octet << 24
        for _ in range(8):
            crc = (crc << 1 ^ 0x04C11DB7 if crc >> 31 else crc << 1) & 0xFFFFFFFF
    return crc


def with_sections(octets: bytes, pid: int, change: Callable[[bytearray], None]) -> bytes:
    """The stream with each one-packet section of ``pid`` changed by ``change`` (its CRC_32 follows)."""
    out = []
    for packet in packets(octets):
        if pid_of(packet) == pid and packet[1] & 0x40:
            at = (5 + packet[4] if packet[3] & 0x20 else 4) + 1
            section = bytearray(packet[at : at + 3 + (packet[at + 1] & 0x0F) * 256 + packet[at + 2] - 4])
            change(section)
            packet = packet[:at] + section + crc32_mpeg2(section).to_bytes(4, "big") + packet[at + len(section) + 4 :]
        out.append(packet)
    return b"".join(out)


PMT_PID, VIDEO_PID, AUDIO_PID = 0x1000, 0x100, 0x101
"""Of `stream`, as FFmpeg numbers them."""


def moved(octets: bytes, to: dict[int, int]) -> bytes:
    """The stream with elementary streams on other PIDs."""

    def rewrite(section: bytearray) -> None:
        for at in range(8, len(section) - 1):
            pid = (section[at] & 0x1F) << 8 | section[at + 1]
            if pid in to and section[at] & 0xE0 == 0xE0:
                section[at : at + 2] = (0xE000 | to[pid]).to_bytes(2, "big")

    out = []
    for packet in packets(with_sections(octets, PMT_PID, rewrite)):
        p = bytearray(packet)
        p[1:3] = ((p[1] & 0xE0) << 8 | to.get(pid_of(packet), pid_of(packet))).to_bytes(2, "big")
        out.append(bytes(p))
    return b"".join(out)


def remuxed(octets: bytes, *, video_codec: str = "", audio_codec: str = "") -> bytes:
    """Pictures and sound of `stream` in other codecs; an empty name leaves them out."""
    file = io.BytesIO()
    with av.open(io.BytesIO(octets)) as source, av.open(file, "w", format="mpegts") as target:
        outputs = {}
        if video_codec:
            pictures = target.add_stream(video_codec, rate=25)
            pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
            outputs["video"] = pictures
        if audio_codec:
            outputs["audio"] = target.add_stream(audio_codec, rate=48000, layout="stereo")
        resampler = av.AudioResampler("s16", "stereo", 48000, 1152)
        for frame in source.decode():
            if frame.__class__ is av.VideoFrame and "video" in outputs:
                frame.pict_type = 0
                target.mux(outputs["video"].encode(frame))
            elif frame.__class__ is av.AudioFrame and "audio" in outputs:
                for samples in resampler.resample(frame):
                    target.mux(outputs["audio"].encode(samples))
        for output in outputs.values():
            target.mux(output.encode(None))
    return file.getvalue()


def without_parameter_sets(octets: bytes, before_90k: int) -> bytes:
    """The stream whose SPS and PPS are filler data in pictures before a DTS."""
    out, dts = [], 0
    for packet in packets(octets):
        if pid_of(packet) == VIDEO_PID:
            if packet[1] & 0x40:
                dts = first_dts(packet)
            if dts < before_90k:
                for kind in (7, 8):
                    packet = packet.replace(bytes([0, 0, 1, 0x60 | kind]), b"\0\0\1\x0c")
        out.append(packet)
    return b"".join(out)


def two_programmes(one: bytes, other: bytes, *, with_pmt_of_first: bool = True) -> bytes:
    """Programmes 1 and 2, interleaved packet by packet; ``other`` is moved to PIDs of its own."""

    def pat(section: bytearray) -> None:
        section += bytes([0, 2, 0xE0 | 0x11, 0x00])  # program_number 2: PMT on PID 0x1100
        section[2] += 4

    def second(section: bytearray) -> None:
        section[3:5] = b"\0\2"

    other = moved(with_sections(other, PMT_PID, second), {VIDEO_PID: 0x200, AUDIO_PID: 0x201})
    rows = [p for p in packets(with_sections(one, 0, pat)) if with_pmt_of_first or pid_of(p) != PMT_PID]
    others = [p for p in packets(other) if pid_of(p) not in (0, 0x11)]
    others = [p[:1] + bytes([p[1] & 0xE0 | 0x11, 0x00]) + p[3:] if pid_of(p) == PMT_PID else p for p in others]
    out, rows = rows[:8], rows[8:]  # tables and first packets of the first
    for n, packet in enumerate(rows):
        out += [packet, *others[n * len(others) // len(rows) : (n + 1) * len(others) // len(rows)]]
    return b"".join(out)


def with_version(octets: bytes, version: int) -> bytes:
    """The stream with another PMT version_number."""

    def rewrite(section: bytearray) -> None:
        section[5] = section[5] & 0xC1 | version % 32 << 1

    return with_sections(octets, PMT_PID, rewrite)


SPLICE_PID = 0x102


def with_splices(octets: bytes, splices: dict[int, bytes]) -> bytes:
    """The stream with a component of stream_type 0x86: before packet n the splice_info_section ``splices[n]``."""

    def rewrite(section: bytearray) -> None:
        section += bytes([0x86, 0xE0 | SPLICE_PID >> 8, SPLICE_PID & 0xFF, 0xF0, 0x00])
        section[2] += 5

    out: list[bytes] = []
    for n, packet in enumerate(packets(with_sections(octets, PMT_PID, rewrite))):
        if n in splices:
            header = bytes([0x47, 0x40 | SPLICE_PID >> 8, SPLICE_PID & 0xFF, 0x10 | sum(n > m for m in splices) % 16])
            out.append((header + b"\0" + splices[n]).ljust(188, b"\xff"))
        out.append(packet)
    return b"".join(out)
