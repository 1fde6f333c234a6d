"""A copy of a framer of sound goes on as the framer would, and neither leaves a trace in the other."""

from copy import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.codecs import test_aac_framers as aac
from tests.codecs import test_ac3_framer as dolby
from tests.codecs import test_mpa_framer as mpa
from tests.codecs import test_opus_framer as opus
from tests.codecs.aac_streams import adts
from tests.codecs.feeding import array, damage, marks, pes
from tests.codecs.test_audio_specific_config import quad
from yiwang.codecs.aac.adts import ID_PCE, AdtsFramer
from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.aac.latm import LatmFramer
from yiwang.codecs.ac3.framer import Ac3Framer
from yiwang.codecs.mpa.either import MpegAudioFramer
from yiwang.codecs.opus.framer import OpusFramer


def with_program_config(comment: bytes) -> bytes:
    bits = BitWriter()
    bits.u(3, ID_PCE)
    quad(comment).write(bits)
    return adts(bits.to_bytes() + b"payload", channels=0)


SAID_INSIDE = [with_program_config(b"one"), with_program_config(b"two")]
KINDS = {
    "ADTS": (AdtsFramer, aac.FRAMES),
    "ADTS with program_config_element": (AdtsFramer, [SAID_INSIDE[n // 3 % 2] for n in range(12)]),
    "LATM": (LatmFramer, aac.LOAS),
    "MPEG audio": (MpegAudioFramer, mpa.FRAMES),
    "ADTS signed as MPEG audio": (MpegAudioFramer, aac.FRAMES),
    "AC-3": (Ac3Framer, dolby.AC3),
    "dependent substreams": (Ac3Framer, dolby.SEVEN_ONE),
    "short frames": (Ac3Framer, dolby.SHORT),
    "Opus": (OpusFramer, opus.UNITS + opus.TRIMMED),
}


def feed(framer, octets, begin, end, rows):
    inside = [(offset - begin, *rest) for offset, *rest in rows if begin <= offset < end]
    return framer.feed(array(octets[begin:end]), marks(*inside))


def end_of(framer):
    return framer.flush(), sorted((fault.name, fault.count) for fault in framer.drain_faults())


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_copy_and_its_original_do_not_touch_each_other(kind, data):
    make, frames = KINDS[kind]
    octets = b"".join(frames)
    starts = [sum(map(len, frames[:n])) for n in range(len(frames))]
    rows = sorted([*(pes(start, 900 + start) for start in starts[::2]), *map(damage, data.draw(damages(len(octets))))])
    at = data.draw(st.integers(0, len(octets)))
    astray = data.draw(st.sampled_from(list(KINDS)))
    alone = make()
    first, second = feed(alone, octets, 0, at, rows), feed(alone, octets, at, len(octets), rows)
    framer = make()
    assert feed(framer, octets, 0, at, rows) == first
    gone_astray, same = copy(framer), copy(framer)
    feed(gone_astray, octets, at, min(at + 100, len(octets)), rows)
    gone_astray.feed(array(b"".join(KINDS[astray][1])), marks(pes(0, 1), damage(30)))
    gone_astray.flush()
    assert feed(framer, octets, at, len(octets), rows) == second
    assert feed(same, octets, at, len(octets), rows) == second
    assert end_of(framer) == end_of(same) == end_of(alone)


def damages(n):
    return st.lists(st.integers(0, n - 1), max_size=2, unique=True)
