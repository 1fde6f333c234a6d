"""The parameter sets a stream has sent so far, and the sample entries that follow from them."""

import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import CodecConfig
from yiwang.base.octets import BitReader
from yiwang.codecs.avc.decoder_configuration import MAX_PPS, MAX_SPS, AvcDecoderConfigurationRecord
from yiwang.codecs.avc.nal_unit import NalUnitType
from yiwang.codecs.avc.pps import PictureParameterSet, parse_pps
from yiwang.codecs.avc.sps import SequenceParameterSet, parse_sps
from yiwang.codecs.nal_framer import ParameterSetStore
from yiwang.kernels.avc_slice_header import N_TABLE_COLUMNS


class ParameterSets(ParameterSetStore[SequenceParameterSet, PictureParameterSet]):
    """All sets received, by id.

    Parameters
    ----------
    table : ndarray of shape (256, N_TABLE_COLUMNS), int64
        kept up to date for the kernels: one row per pic_parameter_set_id
    """

    def __init__(self, table: NDArray[np.int64]) -> None:
        super().__init__()
        self._table = table
        self._sps_ext: dict[int, bytes] = {}

    def add(self, nal_unit: bytes) -> None:
        """Take an SPS, PPS or SPS extension.

        A changed SPS takes its PPSs with it: they were written for another picture.

        Raises
        ------
        WireError    it cannot be read; nothing has changed
        """
        match nal_unit[0] & 31:
            case NalUnitType.SPS:
                sps = parse_sps(nal_unit)
                if sps.seq_parameter_set_id in self._sps:
                    self._sps_ext.pop(sps.seq_parameter_set_id, None)
                self._replace_sps(sps.seq_parameter_set_id, nal_unit, sps)
            case NalUnitType.SPS_EXTENSION:
                bits = BitReader(nal_unit[1:], "seq_parameter_set_extension_rbsp")
                self._sps_ext[bits.bounded_ue("seq_parameter_set_id", 31)] = nal_unit
            case _:
                pps = parse_pps(nal_unit)
                self._pps[pps.pic_parameter_set_id] = (nal_unit, pps)
        self._have_changed(*self._sps_ext.values())
        self._fill_table()

    def pps_octets(self, pps_id: int) -> bytes:
        """Return the NAL unit of a picture parameter set that is there."""
        return self._pps[pps_id][0]

    def _config(self, sps_id: int) -> CodecConfig:
        sps = self._sps[sps_id][1]
        # an avcC record has room for one SPS and one PPS less than there are ids
        kept_sps = [number for number in sorted(self._sps) if number == sps_id or len(self._sps) <= MAX_SPS]
        kept_pps = [number for number in sorted(self._pps) if self._pps[number][1].seq_parameter_set_id in kept_sps]
        compatibility = 0xFF
        for number in kept_sps:
            compatibility &= self._sps[number][1].constraint_flags
        level = max(self._sps[number][1].level_idc for number in kept_sps)
        record = AvcDecoderConfigurationRecord(
            sps.profile_idc,
            compatibility,
            level,
            tuple(self._sps[number][0] for number in kept_sps),
            tuple(self._pps[number][0] for number in kept_pps[:MAX_PPS]),
            sps.chroma_format_idc,
            sps.bit_depth_luma,
            sps.bit_depth_chroma,
            tuple(self._sps_ext[number] for number in kept_sps if number in self._sps_ext),
        )
        return CodecConfig(
            kind="video",
            sample_entry="avc1",
            codec=f"avc1.{sps.profile_idc:02X}{compatibility:02X}{level:02X}",
            decoder_config=record.to_bytes(),
            width=sps.width,
            height=sps.height,
            sar=sps.sar,
            frame_rate=sps.frame_rate,
            colour=sps.colour,
            scan="" if sps.frame_mbs_only_flag else "interlaced",
        )

    def _fill_table(self) -> None:
        self._table[:] = 0
        for number, (_, pps) in self._pps.items():
            if pps.seq_parameter_set_id not in self._sps:
                continue
            sps = self._sps[pps.seq_parameter_set_id][1]
            self._table[number, :N_TABLE_COLUMNS] = (
                1,
                sps.log2_max_frame_num,
                sps.frame_mbs_only_flag,
                sps.pic_order_cnt_type,
                sps.log2_max_pic_order_cnt_lsb,
                sps.delta_pic_order_always_zero_flag,
                pps.bottom_field_pic_order_in_frame_present_flag,
                sps.separate_colour_plane_flag,
            )
