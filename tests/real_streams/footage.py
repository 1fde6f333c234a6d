"""Footage whose every picture and every frame of sound is unlike any other, and a multiplexer that may do wrong on purpose."""

import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import av
import numpy as np

from yiwang.mpegts.descriptor import Descriptor
from yiwang.mpegts.pat import Pat, PatProgram
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.section import Section

S = 90_000
WRAP = 1 << 33
PICTURE, FRAME = 3600, 1920
"""A picture at 25 Hz, a frame of 1024 samples at 48 kHz; 90 kHz ticks."""
PMT_PID, VIDEO, AUDIO = 0x1000, 0x100, 0x101
FIRST_DTS = 10 * S
PCR_LEAD = S // 2


@dataclass(frozen=True)
class Unit:
    """A PES packet that is to be: an access unit, or whatever a broken encoder makes of it."""

    pid: int
    data: bytes
    pts: int  # 64 bits; None would be no time: say stamps='' for that
    dts: int
    random_access: bool = False
    stamps: str = "pd"  # which of PTS and DTS the header has
    unbounded: bool = False  # PES_packet_length 0

    def moved(self, by: int) -> "Unit":
        return replace(self, pts=self.pts + by, dts=self.dts + by)


@lru_cache
def footage(
    seconds: int = 12,
    *,
    gop: int = 25,
    b_frames: int = 2,
    audio: str = "aac",
    codec: str = "libx264",
    extra: str = "",
    size: tuple[int, int] = (96, 64),
    seed: int = 1,
    frequency: int = 48_000,
    layout: str = "stereo",
) -> tuple[Unit, ...]:
    """Pictures at 25 Hz and sound, each unit unlike all others, in order of decoding times."""
    rng = np.random.default_rng(seed)
    file = io.BytesIO()
    options = {"preset": "ultrafast", "bf": str(b_frames), "g": str(gop), "sc_threshold": "0", "keyint_min": str(gop)}
    if codec == "libx264":
        options["x264-params"] = f"scenecut=0:open-gop=0:threads=1:aud=1{extra}"
    else:
        options = {"preset": "ultrafast", "x265-params": f"keyint={gop}:min-keyint={gop}:scenecut=0:log-level=0{extra}"}
    with av.open(file, "w", format="mpegts") as container:
        pictures = container.add_stream(codec, rate=25, options=options)
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        sound = container.add_stream(audio, rate=frequency, layout=layout) if audio else None
        for n in range(seconds * 25):
            image = np.kron(rng.integers(16, 235, (size[1] * 3 // 16, size[0] // 8)), np.ones((8, 8))).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, 25)
            container.mux(pictures.encode(frame))
            if sound is not None:
                n_samples = frequency // 25
                noise = rng.normal(0, 0.05, (sound.codec_context.channels, n_samples)).astype(np.float32)
                if sound.codec_context.format.name.startswith("s32"):
                    noise = (noise * (1 << 31)).astype(np.int32)
                elif sound.codec_context.format.name == "s16":
                    noise = (noise * 32_767).astype(np.int16).T.reshape(1, -1)
                samples = av.AudioFrame.from_ndarray(noise, format=sound.codec_context.format.name, layout=layout)
                samples.sample_rate, samples.pts, samples.time_base = frequency, n * n_samples, Fraction(1, frequency)
                container.mux(sound.encode(samples))
        for encoder in (pictures, sound):
            if encoder is not None:
                container.mux(encoder.encode(None))
    file.seek(0)
    units = []
    with av.open(file) as container:
        for packet in container.demux():
            if packet.size:
                pid = VIDEO if packet.stream.type == "video" else AUDIO
                units.append(Unit(pid, bytes(packet), packet.pts, packet.dts, packet.is_keyframe and pid == VIDEO))
    begin = min(u.dts for u in units)
    shifted = [u.moved(FIRST_DTS - begin) for u in units]
    return tuple(sorted(shifted, key=lambda u: (u.dts, u.pid)))


def nal_units(data: bytes) -> list[bytes]:
    """NAL units of a byte stream (ISO/IEC 14496-10 Annex B)."""
    return [part.rstrip(b"\0") for part in data.split(b"\0\0\1") if part.rstrip(b"\0")]


def byte_stream(nals: Iterable[bytes]) -> bytes:
    return b"".join(b"\0\0\0\1" + nal for nal in nals)


def with_nals(units: Iterable[Unit], change: Callable[[list[bytes]], list[bytes]]) -> list[Unit]:
    """Pictures with other NAL units."""
    return [replace(u, data=byte_stream(change(nal_units(u.data)))) if u.pid == VIDEO else u for u in units]


# -- the multiplexer


def stamp(prefix: int, value: int) -> bytes:
    value %= WRAP
    high, middle, low = value >> 30, value >> 15 & 0x7FFF, value & 0x7FFF
    return (
        bytes([prefix << 4 | high << 1 | 1]) + (middle << 1 | 1).to_bytes(2, "big") + (low << 1 | 1).to_bytes(2, "big")
    )


def pes(unit: Unit, stream_id: int) -> bytes:
    has_dts = "d" in unit.stamps and unit.dts != unit.pts and "p" in unit.stamps
    times = stamp(3 if has_dts else 2, unit.pts) if "p" in unit.stamps else b""
    times += stamp(1, unit.dts) if has_dts else b""
    flags = (0x80 if times else 0) | (0x40 if has_dts else 0)
    length = 3 + len(times) + len(unit.data)
    length = 0 if unit.unbounded or length > 0xFFFF else length
    return (
        b"\0\0\1"
        + bytes([stream_id])
        + length.to_bytes(2, "big")
        + bytes([0x84, flags, len(times)])
        + times
        + unit.data
    )


def pcr_octets(pcr_27m: int) -> bytes:
    base, extension = divmod(pcr_27m, 300)
    return (base % WRAP << 15 | 0x7E00 | extension).to_bytes(6, "big")


class Mux:
    """Writes transport packets."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.counters: dict[int, int] = {}

    def packet(self, pid: int, payload: bytes, *, start: bool = False, field: bytes | None = None) -> None:
        """``field``: flags and what follows of an adaptation field; stuffing is added."""
        room = 184 - (0 if field is None else 1 + len(field))
        stuffing = room - len(payload)
        assert stuffing >= 0
        if stuffing:
            if field is None:
                field = b"" if stuffing == 1 else b"\0"
                stuffing -= 1 + len(field)
            field += b"\xff" * stuffing
        control = (0x10 if payload else 0) | (0x20 if field is not None else 0)
        if payload:
            self.counters[pid] = (self.counters.get(pid, 15) + 1) % 16
        header = bytes([0x47, start << 6 | pid >> 8, pid & 0xFF, control | self.counters.get(pid, 0)])
        adaptation = b"" if field is None else bytes([len(field)]) + field
        self.packets.append(header + adaptation + payload)

    def sections(self, pid: int, sections: Iterable[Section | bytes]) -> None:
        for section in sections:
            octets = b"\0" + (section if isinstance(section, bytes) else section.to_bytes())
            for at in range(0, len(octets), 184):
                self.packet(pid, octets[at : at + 184].ljust(184, b"\xff"), start=at == 0)

    def unit(self, unit: Unit, stream_id: int, pcr_27m: int | None = None, *, discontinuity: bool = False) -> None:
        octets = pes(unit, stream_id)
        flags = 0x40 * unit.random_access | 0x10 * (pcr_27m is not None) | 0x80 * discontinuity
        field = bytes([flags]) + (b"" if pcr_27m is None else pcr_octets(pcr_27m)) if flags else None
        begin, start = 0, True
        while begin < len(octets):
            room = 184 - (0 if field is None else 1 + len(field))
            self.packet(unit.pid, octets[begin : begin + room], start=start, field=field)
            begin, start, field = begin + room, False, None

    def pcr(self, pid: int, pcr_27m: int) -> None:
        self.packet(pid, b"", field=b"\x10" + pcr_octets(pcr_27m))

    @property
    def octets(self) -> bytes:
        return b"".join(self.packets)


STREAM_IDS = {VIDEO: 0xE0, AUDIO: 0xC0}


def pmt(*streams: PmtStream, program: int = 1, pcr_pid: int = VIDEO, version: int = 0) -> Pmt:
    streams = streams or (PmtStream(0x1B, VIDEO), PmtStream(0x0F, AUDIO))
    return Pmt(program, pcr_pid, (), streams, version)


def component(stream_type: int, pid: int, *descriptors: object) -> PmtStream:
    """A stream of a PMT, with descriptors that are written here."""
    return PmtStream(stream_type, pid, tuple(d if isinstance(d, Descriptor) else Descriptor.of(d) for d in descriptors))


def mux(
    units: Iterable[Unit],
    *,
    table: Pmt | None = None,
    tables_every: int = S // 4,
    pcr_pid: int | None = VIDEO,
    mux: Mux | None = None,
    pcr_shift: int = 0,
    discontinuity: bool = False,
) -> bytes:
    """A transport stream of units in order of decoding times.

    Parameters
    ----------
    tables_every : int        90 kHz ticks between PATs (and PMTs); 0: once
    pcr_pid : int or None     None: no PCR at all; a PID without units: packets of its own
    mux : Mux or None         goes on with its continuity counters
    pcr_shift : int           moves the PCR against PTS and DTS
    discontinuity : bool      discontinuity_indicator with the first PCR
    """
    writer = mux or Mux()
    first = len(writer.packets)
    table = table or pmt(pcr_pid=pcr_pid if pcr_pid is not None else 0x1FFF)
    pat = Pat(1, (PatProgram(table.program_number, PMT_PID),))
    tables_at = pcr_at = None
    for unit in sorted(units, key=lambda u: u.dts):
        if tables_at is None or (tables_every and unit.dts >= tables_at):
            writer.sections(0, pat.to_sections())
            writer.sections(PMT_PID, table.to_sections())
            tables_at = unit.dts + tables_every
        pcr_27m = None
        if pcr_pid is not None and (pcr_at is None or unit.dts >= pcr_at) and pcr_pid in (unit.pid, 0x1F0):
            pcr_27m = (unit.dts - PCR_LEAD + pcr_shift) * 300
            pcr_at = unit.dts + PICTURE
            if pcr_pid == 0x1F0:
                writer.pcr(pcr_pid, pcr_27m)
                pcr_27m = None
        is_sound = unit.pid not in STREAM_IDS
        writer.unit(
            unit,
            STREAM_IDS.get(unit.pid, 0xC1 if is_sound else 0xE0),
            pcr_27m,
            discontinuity=discontinuity and pcr_27m is not None,
        )
        if pcr_27m is not None:
            discontinuity = False
    return b"".join(writer.packets[first:])


def packets(octets: bytes) -> list[bytes]:
    return [octets[at : at + 188] for at in range(0, len(octets), 188)]


def pid_of(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]
