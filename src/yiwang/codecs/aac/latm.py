"""LATM in LOAS: AAC frames at any bit position, their configuration now and then (ISO/IEC 14496-3 1.7.2, 1.7.3)."""

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.aac.stream_mux_config import StreamMuxConfig, read_stream_mux_config
from yiwang.codecs.frame_search import FrameSearch

HEADER_OCTETS = 3
SYNCWORD = 0x2B7
SOURCE = "AudioMuxElement"


class LatmFramer(FrameSearch):
    """The machine for AudioSyncStream: see `yiwang.codecs.framer.Framer`."""

    HEADER_OCTETS = HEADER_OCTETS
    FIRST_OCTET = SYNCWORD >> 3

    def __init__(self) -> None:
        super().__init__()
        self._mux: StreamMuxConfig | None = None
        self._mux_bits = (0, 0)  # of the StreamMuxConfig in force: how many, and their value
        self._config: CodecConfig | None = None

    def _header(self, octets: bytes, at: int) -> tuple[int, int] | None:
        bits = int.from_bytes(octets[at : at + HEADER_OCTETS], "big")
        if bits >> 13 != SYNCWORD or not bits & 0x1FFF:
            return None
        return SYNCWORD, HEADER_OCTETS + (bits & 0x1FFF)

    def _access_units(self, frame: bytes) -> list[tuple[bytes, CodecConfig]]:
        bits = BitReader(frame[HEADER_OCTETS:], SOURCE)
        if not bits.flag():  # useSameStreamMux
            self._read_config(bits)
        mux, config = self._mux, self._config
        if mux is None or config is None:
            raise WireError(SOURCE, 0, "a StreamMuxConfig before useSameStreamMux", "none yet")
        units = []
        for _ in range(mux.num_sub_frames):
            n_octets = mux.frame_octets if mux.frame_octets is not None else _mux_slot_length(bits)
            payload = bits.u(8 * n_octets).to_bytes(n_octets, "big")
            if payload:
                units.append((payload, config))
        return units

    def _read_config(self, bits: BitReader) -> None:
        """Read StreamMuxConfig, unless it is the one in force."""
        begin = bits.position
        n_bits, value = self._mux_bits
        if n_bits and bits.remaining >= n_bits and bits.u(n_bits) == value:
            return
        bits.position = begin
        self._mux = None
        self._mux_bits = (0, 0)
        mux = read_stream_mux_config(bits)
        n_bits = bits.position - begin
        bits.position = begin
        self._mux, self._mux_bits = mux, (n_bits, bits.u(n_bits))
        config = mux.audio_specific_config.codec_config()
        if config != self._config:
            self._config = config


def _mux_slot_length(bits: BitReader) -> int:
    """PayloadLengthInfo() of the one stream, octets."""
    n_octets = 0
    while True:
        more = bits.u(8)
        n_octets += more
        if more != 255:
            return n_octets
