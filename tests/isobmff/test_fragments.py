"""Fragments of any vendor: what our own writer makes is read as `chunk_samples` reads it; other forms box by box."""

from dataclasses import replace
from struct import pack

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.isobmff.test_header import AUDIO, VIDEO
from yiwang.base.errors import WireError
from yiwang.isobmff.box import box, full_box
from yiwang.isobmff.chunk import cmaf_chunk
from yiwang.isobmff.chunk_samples import (
    BEGIN,
    COMPOSITION_TICKS,
    DECODE_TICKS,
    DURATION_TICKS,
    SIZE,
    SYNC,
    chunk_samples,
)
from yiwang.isobmff.elst import ElstBox
from yiwang.isobmff.fragments import MOST_SAMPLES, fragment_samples
from yiwang.isobmff.header import cmaf_header
from yiwang.isobmff.movie import MovieTrack, parse_movie
from yiwang.isobmff.tfdt import TfdtBox
from yiwang.isobmff.trex import TrexBox
from yiwang.isobmff.trun import NON_SYNC_SAMPLE, TrunBox

TRACK = MovieTrack(1, "video", 90_000, "und", "avc1", VIDEO, TrexBox(1))
TRACKS = {1: TRACK, 2: replace(TRACK, track_id=2)}

sample = st.tuples(st.binary(max_size=20), st.integers(1, 9000), st.integers(-9000, 9000), st.booleans())


@given(st.lists(st.tuples(st.integers(0, 1 << 40), st.lists(sample, min_size=1, max_size=6)), min_size=1, max_size=3))
def test_chunks_of_our_own_are_read_as_their_own_reader_does(chunks):
    octets, expected, times = b"\0\0\0\x0cstypmsdh", [], 0
    for step, samples in chunks:
        data, durations, offsets, sync = map(list, zip(*samples, strict=True))
        times += step % 90_000
        chunk = cmaf_chunk(1, 1, times, data, durations, offsets, sync)
        rows = chunk_samples(chunk)
        rows[:, BEGIN] += len(octets)
        expected.append(rows)
        octets += chunk
        times += sum(durations)
    found = fragment_samples(octets, TRACKS)
    assert list(found) == [1]
    np.testing.assert_array_equal(found[1], np.concatenate(expected))


def fragment(*trafs: bytes, data: bytes = bytes(1000)) -> bytes:
    return box("moof", full_box("mfhd", 0, 0, pack(">I", 1)), *trafs) + box("mdat", data)


def tfhd(track_id: int = 1, flags: int = 0, *words: int) -> bytes:
    return full_box("tfhd", 0, flags, pack(f">{1 + len(words)}I", track_id, *words))


def trun(n: int, flags: int = 0, *words: int) -> bytes:
    return full_box("trun", 0, flags, pack(f">{1 + len(words)}I", n, *(word & 0xFFFFFFFF for word in words)))


def test_tracks_of_one_fragment_follow_each_other_in_its_data_and_defaults_are_those_of_trex():
    first = replace(TRACK, defaults=TrexBox(1, 1, 3000, 10, NON_SYNC_SAMPLE))
    octets = fragment(
        box("traf", tfhd(1), TfdtBox(900).to_bytes(), trun(2, 0x205, 200, 0, 7, 8), trun(1)),
        box("traf", tfhd(2, 0x18, 1024, 5), TfdtBox(7).to_bytes(), trun(3)),
    )
    found = fragment_samples(octets, {1: first, 2: TRACKS[2]})
    assert found[1][:, [BEGIN, SIZE, SYNC, DECODE_TICKS, DURATION_TICKS]].tolist() == [
        [200, 7, 1, 900, 3000], [207, 8, 0, 3900, 3000], [215, 10, 0, 6900, 3000],
    ]  # fmt: skip
    assert found[2][:, [BEGIN, SIZE, SYNC, DECODE_TICKS]].tolist() == [
        [225, 5, 1, 7], [230, 5, 1, 1031], [235, 5, 1, 2055],
    ]  # fmt: skip


def test_offsets_count_from_the_fragment_or_from_the_resource():
    filler = box("free", bytes(92))
    traf = box("traf", tfhd(1, 0x20018, 1, 4), TfdtBox(0).to_bytes(), trun(1, 1, 300))
    assert fragment_samples(filler + fragment(traf), TRACKS)[1][0, BEGIN] == 400
    header = full_box("tfhd", 0, 0x19, pack(">IQII", 1, 250, 1, 4))
    traf = box("traf", header, TfdtBox(0).to_bytes(), trun(1, 1, -50))
    assert fragment_samples(filler + fragment(traf), TRACKS)[1][0, BEGIN] == 200


def test_negative_composition_time_offsets_are_read_in_version_0_too():
    traf = box("traf", tfhd(1, 0x20018, 1, 4), TfdtBox(0).to_bytes(), trun(2, 0x801, 300, -5, 5))
    assert fragment_samples(fragment(traf), TRACKS)[1][:, COMPOSITION_TICKS].tolist() == [-5, 5]


def test_boxes_with_64_bit_sizes_and_one_that_goes_to_the_end_are_read():
    traf = box("traf", tfhd(1, 0x20018, 1, 4), TfdtBox(0).to_bytes(), trun(1, 1, 200))
    whole = fragment(traf)
    moof = whole[: int.from_bytes(whole[:4], "big")]
    long = pack(">I4sQ", 1, b"moof", len(moof) + 8) + moof[8:]
    assert fragment_samples(long + b"\0\0\0\0mdat" + bytes(300), TRACKS)[1][0, BEGIN] == 200


def test_fragments_of_other_tracks_are_passed_over():
    traf = box("traf", tfhd(9), trun(1 << 31))
    assert fragment_samples(fragment(traf), TRACKS) == {}
    assert fragment_samples(b"", TRACKS) == {}


BEGIN_OF_ALL = TfdtBox(0)


def one(tfdt: TfdtBox = BEGIN_OF_ALL, head: bytes = tfhd(1, 0x20018, 1, 4), *runs: bytes) -> bytes:
    return fragment(box("traf", head, tfdt.to_bytes(), *(runs or (trun(1, 1, 300),))))


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (one()[:-1], "a box within"),
        (one()[:50], "a box within"),
        (b"\0\0\0\7moof", "a box within"),
        (fragment(box("traf", tfhd(1), trun(1))), "a box tfdt"),
        (fragment(box("traf", TfdtBox(0).to_bytes(), trun(1))), "a box tfhd"),
        (one(TfdtBox(1 << 63)), "at most"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x2, 2)), "sample_description_index 1"),
        (one(BEGIN_OF_ALL, full_box("tfhd", 0, 1, pack(">IQ", 1, 1 << 63))), "base_data_offset within"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x20018, 1, 4), trun(0xFFFFFFFF, 1, 300)), "samples in"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x20018, 1, 0), *[trun(MOST_SAMPLES, 1, 300)] * 2), "samples in"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x20018, 1, 4), trun(2, 0x201, 300, 4)), "samples in"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x20018, 1, 4), trun(1, 1, 1 << 30)), "samples within"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x20018, 1, 4), trun(1, 1, -1)), "samples within"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x20018, 1, 900), *[trun(1, 1, 100)] * 2), "apart from each other"),
        (one(TfdtBox(90_000)) + one(BEGIN_OF_ALL), "rising decode times"),
        (one(BEGIN_OF_ALL) + one(TfdtBox(90_000 * 3600)), "600 s at most"),
        (one(BEGIN_OF_ALL, tfhd(1, 0x20018, 0xFFFFFFFF, 4)), "600 s at most"),
    ],
)
def test_what_cannot_be_is_the_peers_fault(octets, expected):
    with pytest.raises(WireError) as caught:
        fragment_samples(octets, TRACKS)
    assert expected in caught.value.expected


# -- headers


def test_a_header_of_our_own_says_kind_timescale_language_and_coding():
    (video,) = parse_movie(cmaf_header(VIDEO, 3, 90_000, "zho"))
    assert (video.track_id, video.kind, video.timescale, video.language) == (3, "video", 90_000, "zho")
    assert video.config is not None
    assert (video.config.sample_entry, video.config.decoder_config) == ("avc1", VIDEO.decoder_config)
    (audio,) = parse_movie(cmaf_header(AUDIO, 1, 48_000, "und"))
    assert audio.config is not None
    assert (audio.kind, audio.config.decoder_config) == ("audio", AUDIO.decoder_config)


def with_edits(header: bytes, *edits: tuple[int, int]) -> bytes:
    """The header with an edit list in its first track."""
    edts = box("edts", ElstBox(edits).to_bytes())
    for name in (b"moov", b"trak"):
        at = header.index(name) - 4
        header = header[:at] + pack(">I", int.from_bytes(header[at : at + 4], "big") + len(edts)) + header[at + 4 :]
    at = header.index(b"mdia") - 4
    return header[:at] + edts + header[at:]


@pytest.mark.parametrize(
    ("edits", "offset"),
    [((), 0), (((0, 1024),), -1024), (((90_000, -1), (0, 0)), 48_000), (((90_000, -1), (0, 2048), (5, 9)), 45_952)],
)
def test_an_edit_list_says_where_presentation_begins(edits, offset):
    (track,) = parse_movie(with_edits(cmaf_header(AUDIO, 1, 48_000, "und"), *edits))
    assert track.offset_ticks == offset


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda octets: b"", "a box moov"),
        (lambda octets: octets[:-1], "a size within"),
        (lambda octets: octets.replace(b"mdhd", b"free"), "mdia/mdhd"),
        (lambda octets: octets.replace(pack(">I", 48_000), bytes(4)), "a timescale"),
        (lambda octets: with_edits(octets, (1 << 62, -1), (0, 0)), "a day at most"),
    ],
)
def test_a_header_that_cannot_be_is_the_peers_fault(change, expected):
    with pytest.raises(WireError) as caught:
        parse_movie(change(cmaf_header(AUDIO, 1, 48_000, "und")))
    assert expected in caught.value.expected


def test_a_coding_that_is_not_known_is_a_track_without_configuration():
    (track,) = parse_movie(cmaf_header(VIDEO, 1, 90_000, "und").replace(b"avc1", b"av01").replace(b"avcC", b"av1C"))
    assert (track.sample_entry, track.config) == ("av01", None)


def test_runs_of_our_own_box_are_read():
    run = TrunBox(300, 2, (1, 2), (3, 4), (0, NON_SYNC_SAMPLE), (0, -1)).to_bytes()
    rows = fragment_samples(one(TfdtBox(5), tfhd(1, 0x20000), run), TRACKS)[1]
    assert rows.tolist() == [[300, 3, 1, 5, 1, 0], [303, 4, 0, 6, 2, -1]]
