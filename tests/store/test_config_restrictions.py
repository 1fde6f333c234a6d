"""`[viewers]` and `[[restriction]]`: what is read, and what is refused in one line."""

import pytest

from yiwang.base.errors import UsageError
from yiwang.base.said import clauses_of, said_as
from yiwang.store.config_file import parse_config
from yiwang.store.config_restrictions import restrictions_of, viewer_regions_of

NODE = """
[[region]]
id = "CN-ZJ"
name = "浙江"
prefixes = ["2001:db8:1::/48", "10.1.0.0/16"]
[[region]]
id = "CN-JS"
name = "江苏"
[[service]]
id = "match"
source = "udp://[ff11::1]:5000"
[[service]]
id = "news"
source = "udp://[ff11::2]:5000"
"""
RULE = '[[restriction]]\nservices = "match"\n'


def test_a_whole_rule_is_read():
    config = parse_config(
        NODE + '[viewers]\nregion = "CN-JS"\ntrusted = ["2001:db8:e::/48"]\nchoice = "where-unknown"\n' + RULE
        + 'id = "rights"\nnot_in = ["CN-ZJ"]\nstart = 2026-12-01T19:30:00+08:00\nend = 2026-12-01T22:00:00+08:00\n'
        'hours = "19:30-21:00"\ndays = [2]\nzone = "Asia/Shanghai"\ncue = "regional"\ninstead = "news"\nreason = "版权"\n',
        "x.toml",
    )  # fmt: skip
    restrictions = restrictions_of(config.restriction, config.region)
    (rule,) = restrictions.of("match")
    assert (rule.id, rule.instead, rule.reason, rule.cue) == ("rights", "news", ("版权", "版权"), "regional")
    assert rule.times.from_ms == 1_796_124_600_000
    assert rule.times.hours == (19 * 60 + 30, 21 * 60)
    assert restrictions.of("news") == ()
    regions = viewer_regions_of(config.viewers, config.region)
    assert regions.of("2001:db8:1::1").region == "CN-ZJ"
    assert regions.of("2001:db8:e::1", "10.1.0.1").region == "CN-ZJ"
    assert regions.of("2001:db8:9::1").region == "CN-JS"


def test_a_country_that_is_declared_has_its_provinces_in_it():
    config = parse_config(NODE + '[[region]]\nid = "CN"\nname = "中国"\n' + RULE + 'not_in = "CN"\n', "x.toml")
    restrictions = restrictions_of(config.restriction, config.region)
    assert restrictions.against("match", "CN-JS", 0, 0) is not None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (RULE, "only_in: is missing, or not_in"),
        (RULE + 'only_in = "CN-ZJ"\nnot_in = "CN-JS"\n', "either only_in or not_in"),
        (RULE + 'only_in = "CN-XX"\n', "restriction[0].only_in: no region 'CN-XX'; declared: CN-ZJ, CN-JS"),
        (RULE + 'only_in = "CN-ZJ"\ninstead = "nobody"\n', "restriction[0].instead: no service 'nobody'"),
        ('[[restriction]]\nservices = "nobody"\nonly_in = "CN-ZJ"\n', "restriction[0].services: no service 'nobody'"),
        ('[[restriction]]\nservices = "a b"\nonly_in = "CN-ZJ"\n', "expected ids of channels"),
        (RULE + 'only_in = "CN-ZJ"\nhours = "7-9"\n', "hours: expected as 19:30-21:00"),
        (RULE + 'only_in = "CN-ZJ"\nhours = "19:00-24:30"\n', "hours: expected as 19:30-21:00"),
        (RULE + 'only_in = "CN-ZJ"\nzone = "Nowhere"\n', "expected an IANA zone"),
        (RULE + 'only_in = "CN-ZJ"\nstart = 2026-12-01T19:30:00\n', "start: expected a zone"),
        (RULE + 'only_in = "CN-ZJ"\nstart = 2026-12-02T00:00:00Z\nend = 2026-12-01T00:00:00Z\n', "end: must be after"),
        (RULE + 'only_in = "CN-ZJ"\nid = "a"\n' + RULE + 'only_in = "CN-ZJ"\nid = "a"\n', "'a' is used twice"),
        ('[viewers]\nregion = "CN-XX"\n', "viewers.region: no region 'CN-XX'"),
        ('[viewers]\ntrusted = ["edge.example"]\n', "expected a prefix as 2001:db8:1::/48"),
        ('[[region]]\nid = "x"\nname = "x"\nprefixes = ["10.1.0.1/16"]\n', "expected a prefix as"),
        ('[[region]]\nid = "x"\nname = "x"\nprefixes = ["10.1.0.0/16"]\n', "10.1.0.0/16 is taken by 'CN-ZJ'"),
        ('[[listing]]\nid = "l"\nurl = "http://x/"\ntarget_regions = true\n', "carry is not set"),
    ],
)
def test_what_is_wrong_is_said_with_its_key(text: str, key: str):
    with pytest.raises(UsageError) as refused:
        parse_config(NODE + text, "x.toml")
    assert key in str(refused.value)
    assert clauses_of(said_as(str(refused.value)))  # in both languages of the console
    assert "\n" not in str(refused.value)
