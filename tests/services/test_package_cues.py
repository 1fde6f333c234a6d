"""A file with a cue, packaged: players find the break at the picture where the stream has it."""

import base64

from lxml import etree

from tests.origin import playlist_reader
from yiwang.services.package_files import package_files

MPD = "{urn:mpeg:dash:schema:mpd:2011}"
SECTION = "FC30250000000000000000001405000000FF7FEFFE000FBF40FE001B774003E8000000004844F085"
FIRST_PTS, SPLICE_PTS = 132_000, 1_032_000  # by ffprobe, and by golden_avc_with_scte35.txt


def test_a_real_advertisement_is_in_all_playlists_and_in_the_mpd(captures, tmp_path):
    package_files([str(captures / "mp2ts-tools/80s_with_ad.ts")], tmp_path, 540_000, None)
    for track in ("video", "audio"):
        playlist = playlist_reader.read((tmp_path / track / "index.m3u8").read_text())
        (found,) = playlist.date_ranges.values()
        assert found["SCTE35-OUT"] == f"0x{SECTION}"
        assert found["START-DATE"] == "1970-01-01T00:00:10.000000Z"
        assert (SPLICE_PTS - FIRST_PTS) / 90_000 == 10
        assert (found["DURATION"], found["PLANNED-DURATION"]) == ("20", "20")
        assert playlist.segments[0].date is not None, "dates need a clock in the playlist"
    root = etree.parse(tmp_path / "manifest.mpd").getroot()
    (event,) = root.iter(MPD + "Event")
    assert (event.get("presentationTime"), event.get("duration")) == (str(SPLICE_PTS - FIRST_PTS), "1800000")
    assert base64.b64decode("".join(event.itertext())).hex().upper() == SECTION
