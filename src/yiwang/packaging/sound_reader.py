"""Sound of others' segments as frames: of a transport stream, or packed (frames alone behind an ID3 tag)."""

from collections.abc import Sequence
from copy import deepcopy

import numpy as np

from yiwang.base.elementary import MARK_PES_START, AccessUnit, CodecConfig, Octets
from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_90K, rescale, step_33
from yiwang.codecs.framer import Framer
from yiwang.codecs.registry import AC_3, PACKAGED, framer_for
from yiwang.hls.packed_audio import read_packed_audio
from yiwang.kernels.ts_multiplex import ADTS
from yiwang.mpegts import roles
from yiwang.mpegts.carriage import carriage
from yiwang.mpegts.demultiplexer import Demultiplexer, DemuxEvent, EsBlock
from yiwang.mpegts.descriptor import Descriptors
from yiwang.mpegts.multiplexer import ElementaryStream, Samples
from yiwang.mpegts.pat import Pat
from yiwang.mpegts.pmt import Pmt, PmtStream
from yiwang.mpegts.stream_coding import channel_config, plain_type
from yiwang.packaging.fragments_to_ts import LARGEST_ADTS_OCTETS, LARGEST_FRAME_OCTETS, TrackSamples

ADTS_TYPE, MPEG_AUDIO_TYPE = 0x0F, 0x03
_SYNC_BYTE, _AC3_SYNCWORD = b"\x47", b"\x0b\x77"


def is_packed_or_transport(octets: bytes) -> bool:
    """Tell whether a segment is one that `SoundReader` reads."""
    return octets[:1] == _SYNC_BYTE or _packed_type(octets, read_packed_audio(octets).begin) is not None


class SoundReader:
    """Reads the segments of one audio Rendition, in order. Times are 33 bits at the beginning of each segment.

    Parameters
    ----------
    language : str    ISO 639-2, where the segments do not say one
    role : str        DASH role
    """

    def __init__(self, language: str = roles.UNDETERMINED, role: str = roles.MAIN) -> None:
        self._language, self._role = language, role
        self._sound: _TransportSound | None = None
        self._packed: Framer | None = None
        self._end_90k = -1  # of the last segment
        self._faults: list[Fault] = []

    def drain_faults(self) -> list[Fault]:
        """Return what was wrong in the segments that could be read all the same."""
        faults, self._faults = self._faults, []
        return faults

    def read(self, octets: bytes, *, follows: bool = True) -> TrackSamples:
        """Return the frames of a segment.

        Parameters
        ----------
        follows : bool    it continues the segment before: a frame may be begun there, and what has no time goes on

        Raises
        ------
        WireError         there is no sound in it, none that has a form in a transport stream, or none with a time
        """
        if not follows:
            self._sound, self._end_90k = None, -1
        units, es_info = self._units(octets)
        if not units:
            raise WireError("audio segment", 0, "frames of sound", "none")
        config = units[0].config
        how = carriage(config)
        if how is None:
            raise WireError("audio segment", 0, "sound that a transport stream carries", repr(config.codec))
        most = LARGEST_ADTS_OCTETS if how.framing == ADTS else LARGEST_FRAME_OCTETS
        units = [unit for unit in units if unit.config == config and len(unit.data) <= most]
        samples = _samples(units, config, self._end_90k)
        self._end_90k = samples.end_90k
        language = self._language if self._language != roles.UNDETERMINED else roles.language(es_info)
        role = self._role if self._role != roles.MAIN else roles.role(es_info)
        return TrackSamples(ElementaryStream(how, language, role), samples)

    def _units(self, octets: bytes) -> tuple[list[AccessUnit], Descriptors]:
        if octets[:1] == _SYNC_BYTE:
            self._sound = self._sound or _TransportSound()
            units = self._sound.read(np.frombuffer(octets, np.uint8))
            self._faults += self._sound.drain_faults()
            return units, self._sound.es_info
        self._sound = None
        packed = read_packed_audio(octets)
        stream_type = _packed_type(octets, packed.begin)
        if stream_type is None:
            found = octets[packed.begin : packed.begin + 4].hex()
            raise WireError("packed audio", packed.begin, "a frame of AAC (ADTS), AC-3, E-AC-3 or MPEG audio", found)
        framer = PACKAGED[stream_type].framer()
        marks = np.array([[0, packed.pts_90k, -1, MARK_PES_START]], np.int64)
        units = framer.feed(np.frombuffer(octets, np.uint8)[packed.begin :], marks) + framer.flush()
        self._faults += framer.drain_faults()
        return units, ()


class _TransportSound:
    """The first sound of a transport stream whose segments come one by one."""

    def __init__(self) -> None:
        self.es_info: Descriptors = ()
        self._demultiplexer = Demultiplexer(self._select, table_pids=())
        self._stream: PmtStream | None = None
        self._framer: Framer | None = None
        self._faults: list[Fault] = []

    def drain_faults(self) -> list[Fault]:
        faults, self._faults = self._faults, []
        return faults

    def read(self, octets: Octets) -> list[AccessUnit]:
        """Return the frames that are whole at the end of a segment; what is begun is ended by the next one."""
        events, _ = self._demultiplexer.begin_file(octets)
        units = self._framed(events)
        units += self._framed(self._demultiplexer.feed(octets))
        framer = self._framer
        if framer is None:
            return units
        self._faults += framer.drain_faults()
        at_its_end = deepcopy(framer)
        rest = at_its_end.flush()
        if not at_its_end.drain_faults():
            units += rest
            self._framer = None
        return units

    def _select(self, pat: Pat, pmts: dict[int, Pmt]) -> list[int]:
        for _, pmt in sorted(pmts.items()):
            for stream in pmt.streams:
                packaged = PACKAGED.get(plain_type(stream))
                if packaged is not None and packaged.kind == "audio":
                    if self._stream != stream:
                        self._stream, self._framer, self.es_info = stream, None, stream.es_info
                    return [stream.elementary_pid]
        self._stream = self._framer = None
        return []

    def _framed(self, events: list[DemuxEvent]) -> list[AccessUnit]:
        units: list[AccessUnit] = []
        for event in events:
            if isinstance(event, EsBlock) and self._stream is not None and event.pid == self._stream.elementary_pid:
                stream = self._stream
                self._framer = self._framer or framer_for(plain_type(stream), channel_config=channel_config(stream))
                units += self._framer.feed(event.es, event.marks) if self._framer is not None else []
        return units


def _packed_type(octets: bytes, at: int) -> int | None:
    """Return the stream_type of frames that have none of their own; None: they are no frames of sound."""
    head = octets[at : at + 2]
    if head == _AC3_SYNCWORD:
        return AC_3
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    return ADTS_TYPE if head[1] & 0xF6 == 0xF0 else MPEG_AUDIO_TYPE


def _samples(units: Sequence[AccessUnit], config: CodecConfig, end_90k: int) -> Samples:
    """Return frames with their times: a PES packet's time stamp where there is one, else counted on from the last.

    Raises
    ------
    WireError    nothing says when they are
    """
    samples_per_frame, frequency = config.samples_per_frame, config.sampling_frequency
    pts = [unit.pts_90k for unit in units]
    known = next((k for k, one in enumerate(pts) if one >= 0), len(pts))
    if known == len(pts) and end_90k < 0:
        raise WireError("audio segment", 0, "a time stamp", "none")
    if known == len(pts):
        anchor, n = end_90k, 0
    else:  # those before it are counted back
        anchor, n = pts[known], -known
    times = np.empty(len(units) + 1, np.int64)
    for k, one in enumerate(pts):
        if one >= 0:
            anchor, n = anchor + step_33(one, anchor), 0
        times[k] = anchor + rescale(n * samples_per_frame, TICKS_90K, frequency)
        n += 1
    times[-1] = anchor + rescale(n * samples_per_frame, TICKS_90K, frequency)
    times = np.maximum.accumulate(times)
    data = np.frombuffer(b"".join(unit.data for unit in units), np.uint8)
    sizes = np.array([len(unit.data) for unit in units])
    places = np.stack((np.cumsum(sizes) - sizes, sizes, np.ones_like(sizes)), axis=1)
    return Samples(data, places, np.stack((times[:-1], times[:-1]), axis=1), int(times[-1]))
