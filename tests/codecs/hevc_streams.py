"""HEVC NAL units made field by field, and byte streams of them."""

from dataclasses import dataclass

from tests.codecs.avc_streams import Bits, byte_stream, sample
from yiwang.codecs.avc import nal_unit as avc

__all__ = ["byte_stream", "sample"]

TRAIL_N, TRAIL_R, RADL_N, RADL_R, RASL_N, RASL_R = 0, 1, 6, 7, 8, 9
BLA_W_LP, BLA_W_RADL, BLA_N_LP, IDR_W_RADL, IDR_N_LP, CRA = 16, 17, 18, 19, 20, 21


def nal_unit(nal_unit_type, rbsp, *, layer=0, temporal_id=0):
    """Header and payload, with emulation prevention; ``rbsp`` ends with an octet that is not 0."""
    header = nal_unit_type << 9 | layer << 3 | temporal_id + 1
    return bytes([header >> 8]) + avc.nal_unit_of(header & 0xFF, rbsp)


AUD = nal_unit(35, b"\x50")
FILLER = nal_unit(38, b"\xff\xff\x80")
END_OF_SEQUENCE = b"\x48\x01"
END_OF_BITSTREAM = b"\x4a\x01"


@dataclass(frozen=True)
class Profile:
    space: int = 0
    tier: int = 0
    idc: int = 1
    compatibility: int = 0x60000000
    constraints: int = 0x900000000000
    level: int = 93

    def write(self, bits, sub_layers=1):
        bits.u(2, self.space)
        bits.u(1, self.tier)
        bits.u(5, self.idc)
        bits.u(32, self.compatibility)
        bits.u(48, self.constraints)
        bits.u(8, self.level)
        for _ in range(sub_layers - 1):
            bits.u(2, 0b11)
        if sub_layers > 1:
            bits.u(2 * (9 - sub_layers), 0)
        for _ in range(sub_layers - 1):
            bits.u(88, 0xFEDCBA9876543210FFFFFF)
            bits.u(8, 63)


MAIN = Profile()
MAIN_10 = Profile(idc=2, compatibility=0x20000000, constraints=0xB00000000000, level=153)


def vps(vps_id=0, *, profile=MAIN, sub_layers=1, timing=None, layer_sets=1, max_layer_id=0):
    bits = Bits()
    bits.u(4, vps_id)
    bits.u(2, 3)
    bits.u(6, 0)
    bits.u(3, sub_layers - 1)
    bits.u(1, 1)
    bits.u(16, 0xFFFF)
    profile.write(bits, sub_layers)
    bits.u(1, 1)
    for _ in range(sub_layers):
        for value in (4, 2, 0):
            bits.ue(value)
    bits.u(6, max_layer_id)
    bits.ue(layer_sets - 1)
    bits.u((layer_sets - 1) * (max_layer_id + 1), 0)
    bits.u(1, timing is not None)
    if timing:
        bits.u(32, timing[0])
        bits.u(32, timing[1])
        bits.u(1, 0)
        bits.ue(0)
    bits.u(1, 0)
    return nal_unit(32, bits.rbsp())


def scaling_lists(bits):
    """scaling_list_data() with every kind of list."""
    for size_id in range(4):
        for matrix in range(2 if size_id == 3 else 6):
            bits.u(1, matrix % 2)
            if matrix % 2 == 0:
                bits.ue(matrix // 2)
                continue
            if size_id > 1:
                bits.se(-3)
            for k in range(min(64, 1 << (4 + 2 * size_id))):
                bits.se(k % 5 - 2)


def sps(  # noqa: C901 - as long as the syntax structure is
    sps_id=0, *, vps_id=0, profile=MAIN, sub_layers=1, chroma_format=1, width=320, height=240, crop=None, bit_depth=8,
    ordering_info=True, scaling=None, pcm=False, ref_pic_sets=None, n_ref_pic_sets=0, long_term=0, vui=None, layer=0,
):  # fmt: skip
    """``vui``, ``ref_pic_sets``: functions that write into the Bits they are given; ``scaling``: None, 'default', 'sent'."""
    bits = Bits()
    bits.u(4, vps_id)
    bits.u(3, sub_layers - 1)
    bits.u(1, 1)
    profile.write(bits, sub_layers)
    bits.ue(sps_id)
    bits.ue(chroma_format)
    if chroma_format == 3:
        bits.u(1, 0)
    bits.ue(width)
    bits.ue(height)
    bits.u(1, crop is not None)
    for value in crop or ():
        bits.ue(value)
    bits.ue(bit_depth - 8)
    bits.ue(bit_depth - 8)
    bits.ue(4)  # 8 bits of pic_order_cnt_lsb
    bits.u(1, ordering_info)
    for _ in range(sub_layers if ordering_info else 1):
        for value in (4, 2, 0):
            bits.ue(value)
    for value in (0, 3, 0, 3, 1, 1):
        bits.ue(value)
    bits.u(1, scaling is not None)
    if scaling:
        bits.u(1, scaling == "sent")
        if scaling == "sent":
            scaling_lists(bits)
    bits.u(2, 0b11)
    bits.u(1, pcm)
    if pcm:
        bits.u(8, 0x77)
        bits.ue(0)
        bits.ue(2)
        bits.u(1, 1)
    bits.ue(n_ref_pic_sets)
    if ref_pic_sets:
        ref_pic_sets(bits)
    bits.u(1, long_term > 0)
    if long_term:
        bits.ue(long_term)
        for n in range(long_term):
            bits.u(8, n)
            bits.u(1, n & 1)
    bits.u(2, 0b11)
    bits.u(1, vui is not None)
    if vui:
        vui(bits)
    bits.u(1, 0)
    return nal_unit(33, bits.rbsp(), layer=layer)


def pps(pps_id=0, sps_id=0, *, init_qp=0, tiles=False, wavefronts=False):
    bits = Bits()
    bits.ue(pps_id)
    bits.ue(sps_id)
    bits.u(7, 0)
    bits.ue(0)
    bits.ue(0)
    bits.se(init_qp)
    bits.u(2, 0)
    bits.u(1, 1)
    bits.ue(1)
    bits.se(-2)
    bits.se(3)
    bits.u(4, 0)
    bits.u(1, tiles)
    bits.u(1, wavefronts)
    if tiles:
        bits.ue(1)
        bits.ue(1)
        bits.u(2, 0b10)
    bits.u(12, 0x400)
    return nal_unit(34, bits.rbsp())


def coded_slice(
    nal_unit_type=TRAIL_R, *, first=True, pps_id=0, layer=0, temporal_id=0, tag=0, refs=(), rest=None,
    payload=b"\xa5" * 80,
):  # fmt: skip
    """A slice segment. ``tag``: slice_pic_order_cnt_lsb; ``refs``: (delta, used) of pictures before it, then after it.

    ``rest``: a function that writes what follows slice_pic_order_cnt_lsb into the Bits it is given, instead of ``refs``.
    """
    bits = Bits()
    bits.u(1, first)
    if 16 <= nal_unit_type <= 23:
        bits.u(1, 0)
    bits.ue(pps_id)
    if not first:
        bits.u(9, 33)
    bits.ue(1)
    bits.u(8, tag)
    if rest:
        rest(bits)
    else:
        bits.u(1, 0)
        write_pictures(bits, refs)
    bits.align()
    return nal_unit(nal_unit_type, bits.to_bytes() + payload + b"\x80", layer=layer, temporal_id=temporal_id)


def write_pictures(bits, refs):
    """st_ref_pic_set() as it is, not predicted from another."""
    sides = [[(delta, used) for delta, used in refs if delta * sign > 0] for sign in (-1, 1)]
    for side in sides:
        bits.ue(len(side))
    for side in sides:
        at = 0
        for delta, used in side:
            bits.ue(abs(delta - at) - 1)
            bits.u(1, used)
            at = delta


def sei(*messages, suffix=False):
    """``messages``: pairs of payloadType and payload."""
    rbsp = bytearray()
    for payload_type, payload in messages:
        rbsp += b"\xff" * (payload_type // 255) + bytes([payload_type % 255])
        rbsp += b"\xff" * (len(payload) // 255) + bytes([len(payload) % 255]) + payload
    return nal_unit(40 if suffix else 39, bytes(rbsp) + b"\x80")


PIC_TIMING = sei((1, b"\x0c\x12"))
DECODING_UNIT_INFO = sei((130, b"\x40"))
PICTURE_HASH = sei((132, b"\x00" + bytes(range(16))), suffix=True)
MASTERING_DISPLAY = bytes.fromhex("33c2 86c4 1d4c 0bb8 84d0 3e80 3d13 4042 00989680 00000032")
