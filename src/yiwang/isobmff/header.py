"""The CMAF header of a track (ISO/IEC 23000-19 7.3.1): ``ftyp`` and a ``moov`` without samples."""

from struct import pack

from yiwang.base.elementary import CodecConfig
from yiwang.isobmff.box import box, full_box
from yiwang.isobmff.ftyp import FtypBox
from yiwang.isobmff.hdlr import HdlrBox
from yiwang.isobmff.mdhd import MdhdBox
from yiwang.isobmff.mvhd import MvhdBox
from yiwang.isobmff.sample_entry import sample_entry
from yiwang.isobmff.sgpd import roll_groups
from yiwang.isobmff.tkhd import TkhdBox
from yiwang.isobmff.trex import TrexBox

FTYP = FtypBox("iso6", 0, ("iso6", "cmfc", "dash"))
MOVIE_TIMESCALE = 90_000
OPUS_ROLL = 3840
"""Samples, 80 ms (Encapsulation of Opus in ISO BMFF 4.3.6.2)."""
DATA_IN_THIS_FILE = box("dinf", full_box("dref", 0, 0, pack(">I", 1), full_box("url ", 0, 1)))
NO_SAMPLES = (
    full_box("stts", 0, 0, bytes(4))
    + full_box("stsc", 0, 0, bytes(4))
    + full_box("stsz", 0, 0, bytes(8))
    + full_box("stco", 0, 0, bytes(4))
)


def cmaf_header(config: CodecConfig, track_id: int, timescale: int, language: str) -> bytes:
    """Octets of a CMAF header; equal arguments give equal octets.

    Parameters
    ----------
    config : CodecConfig
    track_id : int      1 <= track_id < 2**32 - 1
    timescale : int     ticks per second of the track
    language : str      ISO 639-2/T; anything else is written as ``und``

    Raises
    ------
    UsageError    a sample entry that this package cannot write
    """
    if config.kind == "video":
        numerator, denominator = config.sar
        width = (config.width * numerator << 16) // max(1, denominator)
        tkhd = TkhdBox(track_id, 0, 0, width & 0xFFFFFFFF, config.height << 16)
        hdlr = HdlrBox("vide", "video")
        media_header = full_box("vmhd", 0, 1, bytes(8))
    elif config.kind == "text":
        tkhd = TkhdBox(track_id, 0, 0, config.width << 16, config.height << 16)
        hdlr = HdlrBox("subt", "subtitles")
        media_header = full_box("sthd", 0, 0)
    else:
        tkhd = TkhdBox(track_id, 0, 0x100, 0, 0)
        hdlr = HdlrBox("soun", "audio")
        media_header = full_box("smhd", 0, 0, bytes(4))
    stsd = full_box("stsd", 0, 0, pack(">I", 1), sample_entry(config))
    groups = roll_groups(-(-OPUS_ROLL // max(1, config.samples_per_frame))) if config.sample_entry == "Opus" else b""
    minf = box("minf", media_header, DATA_IN_THIS_FILE, box("stbl", stsd, NO_SAMPLES, groups))
    mdia = box("mdia", MdhdBox(timescale, 0, language).to_bytes(), hdlr.to_bytes(), minf)
    moov = box(
        "moov",
        MvhdBox(MOVIE_TIMESCALE, 0, track_id + 1).to_bytes(),
        box("trak", tkhd.to_bytes(), mdia),
        box("mvex", TrexBox(track_id).to_bytes()),
    )
    return FTYP.to_bytes() + moov
