"""The readable twins of the H.264 kernels."""

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.avc.nal_unit import rbsp_of
from yiwang.codecs.avc.pps import parse_pps
from yiwang.codecs.avc.sps import parse_sps

SLICES = (1, 2, 5)
BEGINNERS = (6, 7, 8, 9, 14, 15, 16, 17, 18)


def nal_units(octets: bytes) -> list[tuple[int, int]]:
    """Offsets of each start code and of the end of the NAL unit after it."""
    starts, at = [], octets.find(b"\0\0\1")
    while at >= 0 and at + 3 < len(octets):
        starts.append(at)
        at = octets.find(b"\0\0\1", at + 3)
    rows = []
    for start, end in zip(starts, [*starts[1:], len(octets)], strict=False):
        body = octets[start + 3 : end]
        rows.append((start, start + 3 + max(len(body[:1]), len(body.rstrip(b"\0")))))
    return rows


def slice_header(nal_unit: bytes, sets: dict[int, tuple]) -> dict | None:
    """Fields of 7.3.3 as far as 7.4.1.2.4 compares them; None when they cannot be read.

    ``sets``: by pic_parameter_set_id, the parsed PPS and SPS.
    """
    bits = BitReader(rbsp_of(nal_unit[:64]), "slice_header")
    header = {"nal_ref_idc": nal_unit[0] >> 5 & 3, "idr_pic": nal_unit[0] & 31 == 5, "known": False}
    try:
        header["first_mb_in_slice"], header["slice_type"], pps_id = bits.ue(), bits.ue(), bits.ue()
        header["pic_parameter_set_id"] = pps_id
        if header["slice_type"] > 9 or pps_id > 255:
            return None
        if pps_id not in sets:
            return header
        pps, sps = sets[pps_id]
        if sps.separate_colour_plane_flag:
            bits.skip(2)
        header["frame_num"] = bits.u(sps.log2_max_frame_num)
        header["field_pic_flag"] = not sps.frame_mbs_only_flag and bits.flag()
        header["bottom_field_flag"] = header["field_pic_flag"] and bits.flag()
        header["idr_pic_id"] = bits.ue() if header["idr_pic"] else 0
        with_bottom = pps.bottom_field_pic_order_in_frame_present_flag and not header["field_pic_flag"]
        if sps.pic_order_cnt_type == 0:
            header["pic_order_cnt_lsb"] = bits.u(sps.log2_max_pic_order_cnt_lsb)
            header["delta_pic_order_cnt_bottom"] = bits.se() if with_bottom else 0
        elif sps.pic_order_cnt_type == 1 and not sps.delta_pic_order_always_zero_flag:
            header["delta_pic_order_cnt"] = (bits.se(), bits.se() if with_bottom else 0)
    except WireError:
        return None
    return header | {"known": True}


def begins_picture(header: dict, before: dict) -> bool:
    """7.4.1.2.4."""
    if not header["known"] or not before["known"]:
        return header["first_mb_in_slice"] == 0
    ignored = ("first_mb_in_slice", "slice_type", "nal_ref_idc")
    if (header["nal_ref_idc"] == 0) != (before["nal_ref_idc"] == 0):
        return True
    return any(header[name] != before.get(name) for name in header if name not in ignored)


def is_second_field(header: dict, before: dict) -> bool:
    return bool(
        header["known"]
        and before["known"]
        and header["field_pic_flag"]
        and before["field_pic_flag"]
        and header["bottom_field_flag"] != before["bottom_field_flag"]
        and header["frame_num"] == before["frame_num"]
        and (header["nal_ref_idc"] == 0) == (before["nal_ref_idc"] == 0)
        and not header["idr_pic"]
    )


def has_recovery_point(nal_unit: bytes) -> bool:
    rbsp, at = rbsp_of(nal_unit), 0
    while at + 2 <= len(rbsp):
        numbers = []
        for _ in range(2):
            value = 0
            while at < len(rbsp) and rbsp[at] == 255:
                value, at = value + 255, at + 1
            if at == len(rbsp):
                return False
            numbers.append(value + rbsp[at])
            at += 1
        payload_type, payload_size = numbers
        if payload_type == 6 and payload_size and at < len(rbsp):
            return True
        at += payload_size
    return False


def access_units(units: list[bytes]) -> list[list[int]]:
    """Which NAL units make each access unit, fields of a frame together; only those with a slice are returned."""
    return _Delimiter(units).groups


class _Delimiter:
    def __init__(self, units: list[bytes]) -> None:
        self.groups: list[list[int]] = []
        self.current: list[int] = []
        self.waiting: list[int] = []  # from the first that may begin the next access unit on
        self.pictures = 0
        self.is_field = False  # the first picture of the access unit
        self.before: dict | None = None  # the slice header before
        spss, ppss, sets = {}, {}, {}
        for index, unit in enumerate(units):
            kind = 0 if unit[0] & 0x80 else unit[0] & 31
            if kind in (7, 8):
                _take_set(unit, spss, ppss, sets)
            if kind in SLICES:
                self.slice(index, slice_header(unit, sets))
            elif kind in (10, 11):
                self.end()
            else:
                self.other(index, kind)
        self.end()

    def end(self) -> None:
        if self.pictures:
            self.groups.append(self.current + self.waiting)
        self.current, self.waiting, self.pictures = [], [], 0

    def slice(self, index: int, header: dict | None) -> None:
        if header is None and self.pictures:
            (self.waiting or self.current).append(index)  # it may be of either side of a pending border
            return
        if self.pictures and self.is_new(header):
            if self.pictures == 1 and self.before and is_second_field(header, self.before):
                self.pictures = 2
            else:
                self.groups.append(self.current)
                self.current, self.pictures = [], 0
        self.current += [*self.waiting, index]
        self.waiting = []
        if not self.pictures:
            self.pictures = 1
            self.is_field = bool(header and header.get("field_pic_flag"))
        self.before = header

    def is_new(self, header: dict) -> bool:
        return begins_picture(header, self.before) if self.before else header["first_mb_in_slice"] == 0

    def other(self, index: int, kind: int) -> None:
        if self.waiting or not self.pictures or kind not in BEGINNERS:
            (self.waiting or self.current).append(index)
            return
        self.waiting = [index]
        if kind != 14 and not (self.pictures == 1 and self.is_field):
            self.groups.append(self.current)
            self.current, self.waiting, self.pictures = [index], [], 0


def _take_set(unit: bytes, spss: dict, ppss: dict, sets: dict) -> None:
    if unit in spss.values() or unit in ppss.values():
        return
    try:
        if unit[0] & 31 == 7:
            number = parse_sps(unit).seq_parameter_set_id
            if number in spss:
                for pps_id in [k for k, octets in ppss.items() if parse_pps(octets).seq_parameter_set_id == number]:
                    del ppss[pps_id]
            spss[number] = unit
        else:
            ppss[parse_pps(unit).pic_parameter_set_id] = unit
    except WireError:
        return
    sets.clear()
    for pps_id, octets in ppss.items():
        pps = parse_pps(octets)
        if pps.seq_parameter_set_id in spss:
            sets[pps_id] = (pps, parse_sps(spss[pps.seq_parameter_set_id]))
