"""The parameter sets a stream has sent so far, and the sample entries that follow from them."""

from yiwang.base.elementary import CodecConfig, frame_rate_of
from yiwang.codecs.hevc.decoder_configuration import MAX_AVERAGE_FRAME_RATE, HevcDecoderConfigurationRecord
from yiwang.codecs.hevc.nal_unit import NalUnitType, type_of
from yiwang.codecs.hevc.pps import PictureParameterSet, parse_pps
from yiwang.codecs.hevc.profile_tier_level import codecs_parameter
from yiwang.codecs.hevc.sps import SequenceParameterSet, parse_sps
from yiwang.codecs.hevc.vps import VideoParameterSet, parse_vps
from yiwang.codecs.nal_framer import ParameterSetStore

SAMPLE_ENTRY = "hvc1"  # ADR 13
SLICES, TILES, WAVEFRONTS, MIXED = 1, 2, 3, 0


class ParameterSets(ParameterSetStore[SequenceParameterSet, PictureParameterSet]):
    """All sets received, by id."""

    def __init__(self) -> None:
        super().__init__()
        self._vps: dict[int, tuple[bytes, VideoParameterSet]] = {}

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
                self._replace_sps(sps.seq_parameter_set_id, nal_unit, sps)
            case _:
                pps = parse_pps(nal_unit)
                self._pps[pps.pic_parameter_set_id] = (nal_unit, pps)
        self._have_changed(*(octets for octets, _ in self._vps.values()))

    def _has_all(self, sps_id: int) -> bool:
        return sps_id in self._sps and self._sps[sps_id][1].video_parameter_set_id in self._vps

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
    return frame_rate_of(sps.vui.time_scale, sps.vui.num_units_in_tick) or frame_rate_of(
        vps.time_scale, vps.num_units_in_tick
    )


def _parallelism(ppss: list[PictureParameterSet]) -> int:
    """Return parallelismType (14496-15 8.3.3.1.3): the kind all pictures have."""
    kinds = set()
    for pps in ppss:
        if pps.tiles_enabled_flag and pps.entropy_coding_sync_enabled_flag:
            return MIXED
        kinds.add(WAVEFRONTS if pps.entropy_coding_sync_enabled_flag else TILES if pps.tiles_enabled_flag else SLICES)
    return kinds.pop() if len(kinds) == 1 else MIXED
