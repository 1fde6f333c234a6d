"""The parameter sets a stream has sent so far, and the sample entries that follow from them."""

from math import gcd

from yiwang.base.elementary import CodecConfig
from yiwang.codecs.hevc.decoder_configuration import MAX_AVERAGE_FRAME_RATE, HevcDecoderConfigurationRecord
from yiwang.codecs.hevc.nal_unit import NalUnitType, type_of
from yiwang.codecs.hevc.pps import PictureParameterSet, parse_pps
from yiwang.codecs.hevc.profile_tier_level import codecs_parameter
from yiwang.codecs.hevc.sps import SequenceParameterSet, parse_sps
from yiwang.codecs.hevc.vps import VideoParameterSet, parse_vps

SAMPLE_ENTRY = "hvc1"  # ADR 13
MAX_FRAME_RATE = 1000
SLICES, TILES, WAVEFRONTS, MIXED = 1, 2, 3, 0


class ParameterSets:
    """All sets received, by id."""

    def __init__(self) -> None:
        self._vps: dict[int, tuple[bytes, VideoParameterSet]] = {}
        self._sps: dict[int, tuple[bytes, SequenceParameterSet]] = {}
        self._pps: dict[int, tuple[bytes, PictureParameterSet]] = {}
        self._seen: set[bytes] = set()  # NAL units in force: most are repetitions
        self._configs: dict[int, CodecConfig] = {}  # by seq_parameter_set_id
        self._last: CodecConfig | None = None

    def is_repetition(self, nal_unit: bytes) -> bool:
        """Tell whether this NAL unit changes nothing."""
        return nal_unit in self._seen

    def add(self, nal_unit: bytes) -> None:
        """Take a VPS, SPS or PPS.

        A changed SPS takes its PPSs with it: they were written for another picture.

        Raises
        ------
        WireError    it cannot be read; nothing has changed
        """
        match type_of(nal_unit):
            case NalUnitType.VPS:
                vps = parse_vps(nal_unit)
                self._vps[vps.video_parameter_set_id] = (nal_unit, vps)
            case NalUnitType.SPS:
                sps = parse_sps(nal_unit)
                number = sps.seq_parameter_set_id
                if number in self._sps:
                    for pps_id in [k for k, (_, pps) in self._pps.items() if pps.seq_parameter_set_id == number]:
                        del self._pps[pps_id]
                self._sps[number] = (nal_unit, sps)
            case _:
                pps = parse_pps(nal_unit)
                self._pps[pps.pic_parameter_set_id] = (nal_unit, pps)
        self._seen = {octets for octets, _ in (*self._vps.values(), *self._sps.values(), *self._pps.values())}
        self._configs.clear()

    def config(self, pps_id: int) -> CodecConfig | None:
        """Return the configuration for a picture that refers to ``pps_id``; None while a set it needs is missing.

        Equal configurations are the same object while they last.
        """
        entry = self._pps.get(pps_id)
        if entry is None:
            return None
        sps_id = entry[1].seq_parameter_set_id
        config = self._configs.get(sps_id)
        if config is None:
            if sps_id not in self._sps or self._sps[sps_id][1].video_parameter_set_id not in self._vps:
                return None
            config = self._config(sps_id)
            if config == self._last:
                config = self._last
            self._configs[sps_id] = config
        self._last = config
        return config

    def _config(self, sps_id: int) -> CodecConfig:
        """Return the configuration of an SPS, with the PPSs that refer to it and the VPS it refers to.

        Other SPSs are left out: of those a packager that joined later knows nothing.
        """
        sps_octets, sps = self._sps[sps_id]
        vps_octets, vps = self._vps[sps.video_parameter_set_id]
        entries = [self._pps[number] for number in sorted(self._pps)]
        ppss = [(octets, pps) for octets, pps in entries if pps.seq_parameter_set_id == sps_id]
        frame_rate = _frame_rate(sps, vps)
        segmentation = sps.vui.min_spatial_segmentation_idc
        record = HevcDecoderConfigurationRecord(
            sps.profile_tier_level,
            (
                (NalUnitType.VPS, (vps_octets,)),
                (NalUnitType.SPS, (sps_octets,)),
                (NalUnitType.PPS, tuple(octets for octets, _ in ppss)),
            ),
            segmentation,
            _parallelism([pps for _, pps in ppss]) if segmentation else MIXED,
            sps.chroma_format_idc,
            sps.bit_depth_luma,
            sps.bit_depth_chroma,
            min(MAX_AVERAGE_FRAME_RATE, 256 * frame_rate[0] // frame_rate[1]) if frame_rate else 0,
            num_temporal_layers=sps.max_sub_layers,
            temporal_id_nested=sps.temporal_id_nesting_flag,
        )
        return CodecConfig(
            kind="video",
            sample_entry=SAMPLE_ENTRY,
            codec=codecs_parameter(SAMPLE_ENTRY, sps.profile_tier_level),
            decoder_config=record.to_bytes(),
            width=sps.width,
            height=sps.height,
            sar=sps.sar,
            frame_rate=frame_rate,
            colour=sps.colour,
            scan=sps.scan,
        )


def _frame_rate(sps: SequenceParameterSet, vps: VideoParameterSet) -> tuple[int, int] | None:
    """Pictures per second as a reduced fraction, by the VUI, else by the VPS; a tick is one picture (E.3.1)."""
    for timing in (sps.vui, vps):
        numerator, denominator = timing.time_scale, timing.num_units_in_tick
        if numerator and denominator and numerator <= MAX_FRAME_RATE * denominator:
            divisor = gcd(numerator, denominator)
            return numerator // divisor, denominator // divisor
    return None


def _parallelism(ppss: list[PictureParameterSet]) -> int:
    """Return parallelismType (14496-15 8.3.3.1.3): the kind all pictures have."""
    kinds = set()
    for pps in ppss:
        if pps.tiles_enabled_flag and pps.entropy_coding_sync_enabled_flag:
            return MIXED
        kinds.add(WAVEFRONTS if pps.entropy_coding_sync_enabled_flag else TILES if pps.tiles_enabled_flag else SLICES)
    return kinds.pop() if len(kinds) == 1 else MIXED
