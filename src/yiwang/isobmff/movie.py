"""What a Media Initialization Section or CMAF header says of its tracks (ISO/IEC 14496-12 8.2, 8.8.1): any vendor's."""

from dataclasses import dataclass

from yiwang.base.elementary import CodecConfig
from yiwang.base.errors import WireError
from yiwang.isobmff.box import Box, parse_boxes
from yiwang.isobmff.elst import parse_elst
from yiwang.isobmff.esds import parse_esds
from yiwang.isobmff.hdlr import parse_hdlr
from yiwang.isobmff.mdhd import parse_mdhd
from yiwang.isobmff.mvhd import parse_mvhd
from yiwang.isobmff.sample_entry import DECODER_CONFIG_BOX
from yiwang.isobmff.tkhd import parse_tkhd
from yiwang.isobmff.trex import TrexBox, parse_trex

MOST_TRACKS = 64
KINDS = {"vide": "video", "soun": "audio"}
"""By handler_type."""
LONGEST_OFFSET_S = 86_400
"""By which an edit list may move a track."""


@dataclass(frozen=True, slots=True)
class MovieTrack:
    """A track without its samples.

    ``sample_entry`` is its first one's four-character code; ``config`` is None where that is not one that is read here.
    ``offset_ticks`` is added to composition times to have presentation times, as its edit list says.
    """

    track_id: int
    kind: str  # 'video' | 'audio' | '' for anything else
    timescale: int
    language: str
    sample_entry: str
    config: CodecConfig | None
    defaults: TrexBox
    offset_ticks: int = 0


def parse_movie(octets: bytes) -> tuple[MovieTrack, ...]:
    """Read the tracks of a ``moov`` that is among ``octets``' boxes.

    Raises
    ------
    WireError    there is none, a box that has to be there is not, or one cannot be read
    """
    moov = next((box for box in parse_boxes(octets) if box.type == "moov"), None)
    if moov is None:
        raise WireError("Media Initialization Section", 0, "a box moov", "none")
    movie_timescale = parse_mvhd(moov.one("mvhd").payload).timescale
    defaults = {trex.track_id: trex for trex in (parse_trex(box.payload) for box in moov.all("mvex/trex"))}
    traks = list(moov.all("trak"))
    if len(traks) > MOST_TRACKS:
        raise WireError("moov", 0, f"at most {MOST_TRACKS} tracks", str(len(traks)))
    return tuple(_track(trak, movie_timescale, defaults) for trak in traks)


def _track(trak: Box, movie_timescale: int, defaults: dict[int, TrexBox]) -> MovieTrack:
    track_id = parse_tkhd(trak.one("tkhd").payload).track_id
    mdhd = parse_mdhd(trak.one("mdia/mdhd").payload)
    if not mdhd.timescale:
        raise WireError("mdhd", 12, "a timescale", "0")
    kind = KINDS.get(parse_hdlr(trak.one("mdia/hdlr").payload).handler_type, "")
    entries = trak.one("mdia/minf/stbl/stsd").boxes
    if not entries:
        raise WireError("stsd", 4, "a sample entry", "none")
    offset = 0
    for elst in trak.all("edts/elst"):
        offset = parse_elst(elst.payload).offset_ticks(movie_timescale, mdhd.timescale)
    if abs(offset) > LONGEST_OFFSET_S * mdhd.timescale:
        raise WireError("elst", 8, "a day at most", f"{offset} of {mdhd.timescale} ticks")
    return MovieTrack(
        track_id,
        kind,
        mdhd.timescale,
        mdhd.language,
        entries[0].type,
        _config(kind, entries[0]),
        defaults.get(track_id, TrexBox(track_id)),
        offset,
    )


def _config(kind: str, entry: Box) -> CodecConfig | None:
    """Return what a transport stream has to know: sample entry, decoder configuration, object type."""
    name = DECODER_CONFIG_BOX.get(entry.type)
    if name is None or not kind:
        return None
    payload = entry.one(name).payload
    if name != "esds":
        return CodecConfig(kind, entry.type, entry.type, payload)
    esds = parse_esds(payload)
    info, object_type = esds.decoder_specific_info, esds.object_type_indication
    return CodecConfig(kind, entry.type, entry.type, info, object_type_indication=object_type)
