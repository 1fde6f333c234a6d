"""H.264 NAL units made field by field, and byte streams of them."""

from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.avc.nal_unit import nal_unit_of
from yiwang.codecs.avc.sps import OrderCycle

AUD = b"\x09\xf0"
END_OF_SEQUENCE = b"\x0a"
END_OF_STREAM = b"\x0b"
FILLER = b"\x0c\xff\xff\x80"
P, B, I = 0, 1, 2  # noqa: E741 - the standard's names of slice types


class Bits(BitWriter):
    """With Exp-Golomb codes, and the end of an RBSP."""

    def ue(self, value):
        length = (value + 1).bit_length()
        self.u(2 * length - 1, value + 1)

    def se(self, value):
        self.ue(2 * value - 1 if value > 0 else -2 * value)

    def rbsp(self):
        self.u(1, 1)
        return self.to_bytes()


CYCLE = OrderCycle(-3, 2, (4, -5))


def sps(
    sps_id=0, *, width_mbs=20, height_mbs=15, frame_mbs_only=True, log2_max_frame_num=4, poc_type=0, log2_max_poc_lsb=6,
    delta_always_zero=False, profile=77, level=30, crop=None, vui=None, chroma_format=1, separate_planes=False,
    order_cycle=CYCLE,
):  # fmt: skip
    """``vui``: a function that writes vui_parameters() into the Bits it is given."""
    bits = Bits()
    bits.u(8, profile)
    bits.u(8, 0)
    bits.u(8, level)
    bits.ue(sps_id)
    if profile >= 100:
        bits.ue(chroma_format)
        if chroma_format == 3:
            bits.u(1, separate_planes)
        bits.ue(0)
        bits.ue(0)
        bits.u(1, 0)
        bits.u(1, 0)
    bits.ue(log2_max_frame_num - 4)
    bits.ue(poc_type)
    if poc_type == 0:
        bits.ue(log2_max_poc_lsb - 4)
    elif poc_type == 1:
        bits.u(1, delta_always_zero)
        bits.se(order_cycle.offset_for_non_ref_pic)
        bits.se(order_cycle.offset_for_top_to_bottom_field)
        bits.ue(len(order_cycle.offset_for_ref_frame))
        for offset in order_cycle.offset_for_ref_frame:
            bits.se(offset)
    bits.ue(2)
    bits.u(1, 0)
    bits.ue(width_mbs - 1)
    bits.ue(height_mbs - 1)
    bits.u(1, frame_mbs_only)
    if not frame_mbs_only:
        bits.u(1, 1)
    bits.u(1, 1)
    bits.u(1, crop is not None)
    for value in crop or ():
        bits.ue(value)
    bits.u(1, vui is not None)
    if vui:
        vui(bits)
    return nal_unit_of(0x67, bits.rbsp())


def pps(pps_id=0, sps_id=0, *, bottom_field_pic_order=False, init_qp=0):
    bits = Bits()
    bits.ue(pps_id)
    bits.ue(sps_id)
    bits.u(1, 1)
    bits.u(1, bottom_field_pic_order)
    bits.ue(0)
    bits.ue(0)
    bits.ue(0)
    bits.u(1, 0)
    bits.u(2, 0)
    bits.se(init_qp)
    bits.se(0)
    bits.se(0)
    bits.u(3, 0)
    return nal_unit_of(0x68, bits.rbsp())


def coded_slice(
    slice_type=P, *, first_mb=0, pps_id=0, frame_num=0, field=None, idr=False, idr_pic_id=0, poc_lsb=0, ref_idc=1,
    frame_mbs_only=True, log2_max_frame_num=4, log2_max_poc_lsb=6, payload=b"\xa5" * 80,
    modifications=((), ()), operations=None,
):  # fmt: skip
    """A slice of a stream with pic_order_cnt_type 0.

    ``field`` is None, 'top' or 'bottom'; ``modifications`` pairs of each list, ``operations`` tuples as they are written.
    """
    bits = Bits()
    bits.ue(first_mb)
    bits.ue(slice_type)
    bits.ue(pps_id)
    bits.u(log2_max_frame_num, frame_num)
    if not frame_mbs_only:
        bits.u(1, field is not None)
        if field is not None:
            bits.u(1, field == "bottom")
    if idr:
        bits.ue(idr_pic_id)
    bits.u(log2_max_poc_lsb, poc_lsb)
    if slice_type % 5 == B:
        bits.u(1, 1)
    if slice_type % 5 in (P, B):
        bits.u(1, 0)
        for pairs in modifications[: 1 + (slice_type % 5 == B)]:
            bits.u(1, len(pairs) > 0)
            for value in (*(value for pair in pairs for value in pair), *([3] if pairs else [])):
                bits.ue(value)
    if ref_idc and idr:
        bits.u(2, 0)
    elif ref_idc:
        bits.u(1, operations is not None)
        for operation in () if operations is None else (*operations, (0,)):
            for value in operation:
                bits.ue(value)
    bits.align()
    return nal_unit_of(ref_idc << 5 | (5 if idr else 1), bits.to_bytes() + payload + b"\x80")


def sei(*messages):
    """``messages``: pairs of payloadType and payload."""
    rbsp = bytearray()
    for payload_type, payload in messages:
        rbsp += b"\xff" * (payload_type // 255) + bytes([payload_type % 255])
        rbsp += b"\xff" * (len(payload) // 255) + bytes([len(payload) % 255]) + payload
    return nal_unit_of(0x06, bytes(rbsp) + b"\x80")


RECOVERY_POINT = sei((6, b"\x84"))
PIC_TIMING = sei((1, b"\x0c\x12"))


def byte_stream(*nal_units, start_code=b"\0\0\0\1"):
    return b"".join(start_code + nal_unit for nal_unit in nal_units)


def sample(*nal_units):
    """The NAL units as a sample has them."""
    return b"".join(len(nal_unit).to_bytes(4, "big") + nal_unit for nal_unit in nal_units)
