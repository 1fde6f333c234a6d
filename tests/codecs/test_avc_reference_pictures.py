"""Reference pictures after a loss: the rules of ISO/IEC 14496-10 8.2.4 and 8.2.5, and a strict decoder as oracle."""

import random
from fractions import Fraction

import av
import numpy as np
import pytest

from tests.codecs.avc_streams import B, I, P, coded_slice, pps, sample, sps
from yiwang.base.elementary import MARK_DAMAGED, MARK_PES_START
from yiwang.base.errors import WireError
from yiwang.codecs.avc.framer import AvcFramer
from yiwang.codecs.avc.reference_pictures import ALL_DECODED, ReferencePictures
from yiwang.codecs.avc.slice_references import BOTTOM_FIELD, FRAME, TOP_FIELD, SliceReferences, slices_of
from yiwang.codecs.avc.sps import parse_sps

# -- slice headers


def test_a_slice_header_tells_what_it_names():
    fields = {"frame_num": 9, "modifications": (((0, 3), (1, 0)), ((2, 5),)), "operations": [(1, 4), (3, 2, 1), (5,)]}
    units = (coded_slice(B, **fields), coded_slice(P, first_mb=20, frame_num=9), coded_slice(I, frame_num=9, ref_idc=0))
    first, second, third = slices_of(sample(*units), parse_sps(sps()), pps())
    assert first == SliceReferences(9, FRAME, True, (1, 1), fields["modifications"], ((1, 4, 0), (3, 2, 1), (5, 0, 0)))
    assert second == SliceReferences(9, FRAME, True, (1,), ((),), None)
    assert third == SliceReferences(9, FRAME, False, (), (), None)


def test_fields_are_told_apart():
    units = [coded_slice(P, frame_num=3, field=parity, frame_mbs_only=False) for parity in ("top", "bottom")]
    slices = slices_of(sample(*units), parse_sps(sps(frame_mbs_only=False)), pps())
    assert [each.structure for each in slices] == [TOP_FIELD, BOTTOM_FIELD]


@pytest.mark.parametrize("end", range(6, 12))
def test_a_sample_that_ends_too_early_is_a_wire_error(end):
    whole = sample(coded_slice(P, modifications=(((0, 300), (0, 300), (0, 300)), ())))
    cut = (end - 4).to_bytes(4, "big") + whole[4:end]
    with pytest.raises(WireError):
        slices_of(cut, parse_sps(sps()), pps())
    with pytest.raises(WireError):
        slices_of(whole[:-1], parse_sps(sps()), pps())


# -- the pictures a decoder has


def frame(number, *, modifications=(), operations=None, is_reference=True, structure=FRAME, active=1):
    return SliceReferences(number, structure, is_reference, (active,), (modifications,), operations)


def pictures(size=3, last=0):
    return ReferencePictures(size, 16, last, [frame(last)])


def test_the_sliding_window_lets_go_of_the_oldest():
    held = pictures()
    assert [held.take([frame(n)]) for n in (1, 2, 3)] == [True] * 3
    assert held.take([frame(4, modifications=((0, 2),))])  # picNum 1
    assert not held.take([frame(5, modifications=((0, 3),))])  # picNum 1 again: 2, 3 and 4 are there


def test_what_was_there_before_the_loss_cannot_be_named_but_for_the_last():
    assert pictures(last=4).take([frame(5, modifications=((0, 0),))])
    assert not pictures(last=4).take([frame(5, modifications=((0, 1),))])


def test_what_is_remembered_from_before_the_loss_can_be_named():
    released = frame(4, operations=((1, 0, 0),))  # 3 is a reference no longer
    held = [ReferencePictures(3, 16, 4, [frame(2), frame(3), released]) for _ in range(3)]
    assert held[0].take([frame(5, modifications=((0, 2),))])
    assert not held[1].take([frame(5, modifications=((0, 1),))])
    assert held[2].take([frame(5, active=3)])
    assert not ReferencePictures(3, 16, 1, [frame(0), frame(1)], from_idr=True).take([frame(2, active=3)])


def test_what_was_released_and_is_not_known_leaves_room():
    held = ReferencePictures(3, 16, 5, [frame(4), frame(5, operations=((1, 7, 0), (1, 8, 0)))])
    assert held.take([frame(6, operations=())])


def test_placeholders_can_be_named_until_they_are_too_old():
    def after(n):
        held = pictures(last=1)
        assert held.take([frame(3)])  # 2 is missing
        assert all(held.take([frame(k, operations=((1, 0, 0),))]) for k in range(4, n))  # each replaces the one before
        return held.take([frame(n, modifications=((0, n - 3),))])

    assert after(4)
    assert after(5)
    assert not after(7)


def test_a_picture_that_cannot_be_decoded_leaves_a_placeholder():
    held = pictures(last=1)
    assert not held.take([frame(2, operations=((1, 7, 0),))])
    assert held.take([frame(3, modifications=((0, 0),))])


def test_a_picture_that_is_no_reference_hides_a_gap():
    held = pictures(last=1)
    assert held.take([frame(2, is_reference=False)])
    assert held.take([frame(3)])  # 2 is missing, which the picture before had the number of
    assert not held.take([frame(4, modifications=((0, 1),))])


def test_more_pictures_than_there_is_room_for_are_refused():
    held = pictures()
    assert [held.take([frame(n)]) for n in (1, 2, 3)] == [True] * 3
    assert not held.take([frame(4, operations=())])
    assert held.take([frame(4, operations=((1, 1, 0),))])


def test_a_list_longer_than_what_is_there_is_refused():
    held = pictures()
    assert held.take([frame(1, operations=((1, 0, 0),))])
    assert not held.take([frame(2, active=4)])
    assert held.take([frame(3, active=3)])


def test_long_term_pictures_stay_until_they_are_released():
    held = pictures()
    assert held.take([frame(1, operations=((1, 0, 0), (6, 0, 0)))])
    assert [held.take([frame(n)]) for n in (2, 3, 4, 5)] == [True] * 4
    assert held.take([frame(6, modifications=((2, 0),), operations=((1, 0, 0), (2, 0, 0)))])
    assert not held.take([frame(7, modifications=((2, 0),))])


def test_one_frame_number_is_not_had_twice():
    assert not pictures(last=4).take([frame(4)])


def test_a_second_field_refers_to_the_first():
    held = pictures(last=1)
    top = frame(2, structure=TOP_FIELD, modifications=((0, 1),))  # the top field of 1
    assert held.take([top, frame(2, structure=BOTTOM_FIELD, modifications=((0, 0),))])  # the top field of 2
    assert held.take([frame(3, modifications=((0, 0),))])


def test_all_is_known_after_as_many_pictures_as_a_decoder_can_hold():
    held = pictures()
    for n in range(1, ALL_DECODED + 2):
        assert not held.are_known
        assert held.take([frame(n % 16)])
    assert held.take([frame((ALL_DECODED + 2) % 16)])
    assert held.are_known


# -- against FFmpeg, told to end with an error as Chromium's does

CODINGS = {
    "closed GOP": "bframes=3:ref=4",
    "open GOP": "open-gop=1",
    "open GOP, strict pyramid": "open-gop=1:b-pyramid=strict:ref=4:bframes=3",
    "gradual refresh with B": "intra-refresh=1:bframes=2",
    "fields": "interlaced=1",
}


def encoded(parameters, n=130):
    encoder = av.CodecContext.create("libx264", "w")
    encoder.width, encoder.height, encoder.pix_fmt = 160, 96, "yuv420p"
    encoder.time_base, encoder.framerate = Fraction(1, 25), Fraction(25)
    encoder.options = {"preset": "medium", "g": "40", "sc_threshold": "0", "x264-params": f"{parameters}:threads=1"}
    noise, plane = np.random.default_rng(1), np.arange(144 * 160).reshape(144, 160)
    packets = []
    for k in range(n):
        picture = ((plane * 3 + k * 5) % 200).astype(np.uint8)
        picture[:30] = np.roll(noise.integers(0, 255, (30, 160), dtype=np.uint8), k * 3)
        shown = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        shown.pts = k
        packets += encoder.encode(shown)
    return [(bytes(packet), packet.pts, packet.dts) for packet in packets + encoder.encode(None)]


def passed_on(packets, lost):
    octets, rows = b"", []
    for n, (data, pts, dts) in enumerate(packets):
        if n in lost:
            rows.append((len(octets), -1, -1, MARK_DAMAGED))
            continue
        rows.append((len(octets), (pts + 10) * 3600, (dts + 10) * 3600, MARK_PES_START))
        octets += data
    framer = AvcFramer()
    units = framer.feed(np.frombuffer(octets, np.uint8), np.array(rows, np.int64))
    return units + framer.flush()


def errors(samples, extradata):
    decoder = av.CodecContext.create("h264", "r")
    decoder.extradata = extradata
    decoder.options = {"err_detect": "explode"}
    decoder.thread_count = 1
    count = 0
    for data in samples:
        try:
            decoder.decode(av.Packet(data))
        except av.FFmpegError:
            count += 1
    return count


@pytest.mark.parametrize("coding", CODINGS)
def test_a_strict_decoder_takes_all_that_is_passed_on_after_a_loss(coding):
    packets = encoded(CODINGS[coding])
    whole = passed_on(packets, set())
    record = whole[0].config.decoder_config
    rng = random.Random(coding)
    losses = [{at} for at in range(42, 82, 5)] + [set(range(at, at + n)) for n in (3, 15) for at in (45, 60)]
    losses += [{n for n in range(5, len(packets)) if rng.random() < 0.05} for _ in range(4)]
    assert len(whole) == len(packets)
    assert errors([unit.data for unit in whole], record) == 0
    as_sent, passed = 0, 0
    for lost in losses:
        as_sent += errors([unit.data for n, unit in enumerate(whole) if n not in lost], record) > 0
        units = passed_on(packets, lost)
        assert errors([unit.data for unit in units], record) == 0, lost
        passed += len(units)
    assert as_sent >= 3  # the oracle does mind
    assert passed > len(losses) * len(packets) * 0.4
