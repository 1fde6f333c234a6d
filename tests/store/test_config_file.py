"""A wrong config is refused whole, with file, key, what is wrong and what was expected."""

import pytest

from yiwang.base.errors import UsageError
from yiwang.base.said import clauses_of, said_as
from yiwang.store.config_file import parse_config

GOOD = """
[node]
name = {zh = "一网", en = "One"}
[packaging]
segment_duration = 2
[[region]]
id = "north"
name = "North"
[[service]]
id = "one"
name = {zh = "一台", en = "One"}
region = "north"
number = 1
source = "udp://[ff15::1]:5000"
low_latency = false
"""


def test_a_good_file_is_read():
    config = parse_config(GOOD, "net.toml")
    service = config.service[0]
    assert service.name is not None
    assert service.name.zh == "一台"
    assert config.region[0].name.zh == "North"
    own = service.packaging(config.packaging)
    assert (own.segment_duration, own.low_latency, own.window) == (2, False, 60)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "net.toml: service: expected at least one, or a listing"),
        ("service = []", "net.toml: service: expected at least one, or a listing"),
        ("[[service", "net.toml: not valid TOML"),
        (
            GOOD.replace("[node]", "[node]\nworkers = 0"),
            'node.workers: expected 1 to 64, or "auto" for one on each core, got 0',
        ),
        (GOOD.replace("[node]", "[node]\nworkers = true"), "node.workers: expected 1 to 64"),
        (GOOD.replace("[node]", "[node]\nworkers = 'all'"), "node.workers: expected 1 to 64"),
        (GOOD.replace("source =", "sauce ="), "service[0].source: is missing"),
        (GOOD.replace("source =", "sauce ="), "service[0].sauce: is not a known key"),
        (GOOD.replace('id = "one"', 'id = "../one"'), "service[0].id: must be 1 to 64 of a-z"),
        (GOOD.replace('region = "north"', 'region = "south"'), "service[0].region: no region 'south'; declared: north"),
        (
            GOOD.replace("segment_duration = 2", "segment_duration = 200"),
            "packaging.segment_duration: expected 20 or less, got 200",
        ),
        (GOOD.replace("segment_duration = 2", "segment_duration = 200"), "got 200"),
        (
            GOOD.replace("number = 1", "number = 1\npart_duration = 3"),
            "part_duration: must not exceed segment_duration",
        ),
        (
            GOOD.replace("number = 1", "number = 1\nwindow = 10\nsegment_duration=3"),
            "window: must be at least 5 segment",
        ),
        (GOOD + GOOD[GOOD.index("[[service]]") :], "service[1].id: 'one' is used twice"),
        (
            GOOD + '[[listing]]\nid = "a"\nurl = "ftp://x/y"',
            "listing[0].url: expected http://, https:// or file:/path, got",
        ),
        (
            GOOD + '[[listing]]\nid = "own"\nurl = "http://x/y"',
            "listing[0].id: 'own' is what the node's own channels are",
        ),
        (
            GOOD + '[[listing]]\nid = "a"\nurl = "http://x/"\nregion = "x"',
            "listing[0].region: no region 'x'; declared: north",
        ),
        (
            GOOD + '[[listing]]\nid = "a"\nurl = "http://x/"\ncarry = "CCTV*"',
            'net.toml: listing[0].carry: expected true, or a list of names or ids, as ["CCTV*", "浙江卫视"]',
        ),
        (
            GOOD + '[[listing]]\nid = "a"\nurl = "http://x/"\ncarry = []',
            "listing[0].carry: expected 1 to 1000 patterns",
        ),
        (
            GOOD + '[[listing]]\nid = "a"\nurl = "http://x/"\nkind = "xmltv"\ncarry = true',
            "net.toml: listing[0].carry: a guide has no streams",
        ),
        (GOOD + '[[listing]]\nid = "a"\nurl = "http://x/"\nhold = -1', "listing[0].hold: expected 0 or more, got -1"),
        (GOOD + '[[listing]]\nid = "a"\nurl = "http://x/"\nevery = 1', "listing[0].every: expected "),
        (GOOD + '[[region]]\nid = "s"\nname = "S"\nparent = "t"', "region[1].parent: no region 't'"),
        (GOOD + '[[region]]\nid = "s"\nname = "S"\nparent = "s"', "region[1].parent: 's' lies within itself"),
        (
            GOOD + '[[region]]\nid = "s"\nname = "S"\ncountries = ["CN"]',
            "region[1].countries[0]: expected three letters of ISO 3166-1 alpha-3, as CHN, got 'CN'",
        ),
        (GOOD + '[matching]\nsame = ["a/b"]', "matching.same[0]: expected a list, got 'a/b'"),
        (
            GOOD + '[[listing]]\nid = "x"\nurl = "http://x"\nzone = "Asia/Bejing"',
            "listing[0].zone: expected an IANA zone as Asia/Shanghai, or an offset as +08:00, got 'Asia/Bejing'",
        ),
        (
            GOOD + '[[region]]\nid = "s"\nname = "S"\nparent = "north"\ncountries = ["CHN"]',
            "region[1].countries: only of",
        ),
        (GOOD + "[[numbering.reserved]]\nfirst = 9\nlast = 1", "numbering.reserved[0].last: must not be below first"),
        (GOOD + '[numbering]\nkeep = ["x"]', "numbering.keep[0]: no region 'x'; declared: north"),
        (
            GOOD + GOOD[GOOD.index("[[service]]") :].replace('id = "one"', 'id = "two"'),
            "service[1].number: 1 is taken by 'one'",
        ),
        (GOOD + '[store]\nurl = "mysql://me:secret@db/tv"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = "postgresql://db"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = "postgresql://db:port/tv"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = "sqlite://host/file"', "store.url: expected postgresql://"),
        (GOOD + '[store]\nurl = ""', "store.url: expected postgresql://"),
        (GOOD + "[store]\nurl = 5", "store.url: expected text, got 5"),
    ],
)
def test_each_fault_is_named(text: str, sentence: str):
    with pytest.raises(UsageError) as error:
        parse_config(text, "net.toml")
    assert sentence in str(error.value)
    assert all(line.startswith("net.toml: ") for line in str(error.value).splitlines())
    assert clauses_of(said_as(str(error.value)))  # in both languages of the console
    assert "secret" not in str(error.value)


def test_a_hub_has_listings_and_no_channels_of_its_own():
    config = parse_config(
        """
        [[region]]
        id = "CN"
        name = { zh = "中国", en = "China" }
        countries = ["CHN"]
        [[region]]
        id = "CN-ZJ"
        name = "浙江"
        parent = "CN"
        [[listing]]
        id = "hangzhou"
        url = "http://[::1]:8080/dvbi/registry.xml"
        region = "CN-ZJ"
        [numbering]
        keep = ["CN-ZJ"]
        prefer = { cctv-1 = 1 }
        [[numbering.reserved]]
        first = 1
        last = 99
        [matching]
        same = [["hangzhou/a", "own/b"]]
        id_of = { "hangzhou/a" = "cctv-1" }
        """,
        "hub.toml",
    )
    assert (config.service, config.listing[0].every) == ((), 900)
    assert config.matching.same == (("hangzhou/a", "own/b"),)


def test_the_database_is_a_file_in_the_state_folder_unless_the_config_names_another(tmp_path):
    state = GOOD.replace("[node]", f'[node]\nstate_dir = "{tmp_path}/a b"')
    assert parse_config(state, "net.toml").database_url == f"sqlite:///{tmp_path}/a b/yiwang.sqlite"
    url = "postgresql://tv:secret@[::1]:5432/tv?sslmode=require"
    assert parse_config(GOOD + f'[store]\nurl = "{url}"', "net.toml").database_url == url


@pytest.mark.parametrize(
    ("said", "meant"),
    [("true", True), ("false", False), ('["fre", "zho", "GER"]', ("fra", "zho", "deu"))],
)
def test_subtitles_that_are_pictures_are_read_in_all_or_in_some_languages(said, meant):
    text = f"""
    [packaging]
    read_subtitles = {said}
    [[service]]
    id = "one"
    source = "udp://[ff15::1]:5000"
    [[service]]
    id = "two"
    source = "udp://[ff15::2]:5000"
    read_subtitles = false
    """
    config = parse_config(text, "net.toml")
    one, two = (service.packaging(config.packaging) for service in config.service)
    assert (one.read_subtitles, two.read_subtitles) == (meant, False)


@pytest.mark.parametrize("said", ['"fra"', "[]", '["french"]', "[1]", "1"])
def test_what_are_no_languages_is_named(said):
    text = f'[packaging]\nread_subtitles = {said}\n[[service]]\nid = "one"\nsource = "udp://[ff15::1]:5000"'
    with pytest.raises(UsageError, match=r"net\.toml: packaging\.read_subtitles: .*ISO 639-2"):
        parse_config(text, "net.toml")
