"""Reports of event mode, as the standard's example and the reporters of players write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yiwang.base.errors import WireError
from yiwang.cmcd.report import CmcdReport, parse_report, parse_reports

BARE = b'cid="one",e=t,sid="s",ts=1764216000000,v=2'
WHOLE_REPORT = (
    b'bl=(4300;v 4300;a),br=(5000;v 128;a),bs,bsa=(2;v 1;a),bsda=(1250;v 300;a),cid="one",e=ps,ltc=1520,msd=412,'
    b'mtp=(25400),org.example-x="y",sf=d,sid="6e2fb550-c457-11e9-bb97-0800200c9a66",sn=3,st=ll,sta=p,'
    b"ts=1764216000123,v=2"
)


def test_what_is_counted_is_taken_out_and_the_rest_is_left():
    assert parse_report(WHOLE_REPORT) == CmcdReport(
        event="ps",
        timestamp_ms=1764216000123,
        session_id="6e2fb550-c457-11e9-bb97-0800200c9a66",
        content_id="one",
        sequence_number=3,
        state="p",
        media_start_delay_ms=412,
        starvations=2,
        starvation_ms=1250,
        bit_rate_kbps=5128,
        latency_ms=1520,
    )


def test_an_aggregate_stands_for_bit_rates_that_are_not_known():
    assert parse_report(BARE + b",ab=(2500;av)").bit_rate_kbps == 2500
    assert parse_report(BARE + b",ab=(2500;av),br=(2000;v)").bit_rate_kbps == 2000
    assert parse_report(BARE).bit_rate_kbps is None


@pytest.mark.parametrize(
    "line",
    [
        BARE.replace(b"v=2", b"v=1"),
        BARE.replace(b",v=2", b""),
        BARE.replace(b"ts=1764216000000,", b""),
        BARE.replace(b'sid="s",', b""),
        BARE.replace(b'cid="one",', b""),
        BARE.replace(b"e=t,", b""),
        BARE.replace(b"e=t", b'e="t"'),
        BARE.replace(b'sid="s"', b'sid="' + b"s" * 65 + b'"'),
        BARE.replace(b'"one"', b'""'),
        BARE + b",sn=-1",
        BARE + b",sn=1.5",
        BARE + b",sn=?1",
        BARE + b",sta=x",
        BARE + b",msd=(1)",
        BARE + b",br=(a)",
        BARE + b",br=(1000000000000)",
        BARE + b',org.example-x="' + b"y" * 4096 + b'"',
        BARE + "é".encode(),
        b"\x00\xff",
    ],
)
def test_what_is_none_says_why(line):
    with pytest.raises(WireError, match=r"CMCD report|sf-dictionary"):
        parse_report(line)


def test_a_body_is_read_line_by_line():
    read = list(parse_reports(b"\n".join([BARE, b"what?", b"", BARE.replace(b"one", b"two")]) + b"\r\n"))
    assert [type(one) for one in read] == [CmcdReport, WireError, CmcdReport]


@given(st.binary(max_size=300))
def test_no_octets_do_harm(octets):
    assert all(isinstance(one, CmcdReport | WireError) for one in parse_reports(octets))
