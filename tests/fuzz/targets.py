"""What is given wrong octets: all that reads what comes from outside. Each raises nothing but WireError, if that."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from lxml import etree

from tests.cmcd.test_report import BARE, WHOLE_REPORT
from tests.codecs import avc_streams, test_opus_channels, test_opus_framer
from tests.codecs.reference_ts import read_ts
from tests.codecs.test_avc_reference_pictures import CODINGS, encoded
from tests.dvbi.test_documents import GUIDE, LIST, REGISTRY
from tests.fuzz.mutator import Mutator
from tests.hls import test_playlist_reader
from tests.m3u import test_playlist
from tests.mpegts.test_service_information import APPLICATION, eit_section, event
from tests.packaging import dvb_subtitle_writer, teletext_writer, television, test_fragments_to_ts, test_sound_reader
from tests.packaging.teletext_writer import Subtitle
from tests.packaging.test_cues import insert, section
from tests.packaging.test_programme import NOW
from tests.scte35 import test_splice_info_section
from tests.xmltv.test_guide import WHOLE, written
from yiwang.audience.viewing import SILENT_MS, Viewing
from yiwang.base.elementary import MARK_DAMAGED, MARK_PES_START
from yiwang.base.errors import WireError
from yiwang.cmcd.report import CmcdReport, parse_reports
from yiwang.codecs.aac.audio_specific_config import parse_audio_specific_config
from yiwang.codecs.avc import decoder_configuration as avc_configuration
from yiwang.codecs.avc import pps as avc_pps
from yiwang.codecs.avc import sps as avc_sps
from yiwang.codecs.avc.framer import AvcFramer
from yiwang.codecs.cea_captions import caption_services
from yiwang.codecs.dvb_subtitle.decoder import DvbSubtitleDecoder
from yiwang.codecs.hevc import decoder_configuration as hevc_configuration
from yiwang.codecs.hevc import pps as hevc_pps
from yiwang.codecs.hevc import sps as hevc_sps
from yiwang.codecs.hevc import vps as hevc_vps
from yiwang.codecs.opus.channels import identification_header, parse_descriptor, parse_dops
from yiwang.codecs.registry import OPUS, PACKAGED, framer_for
from yiwang.codecs.teletext.decoder import TeletextDecoder
from yiwang.dvbi.content_guide import content_guide_document, read_content_guide
from yiwang.dvbi.service_list import read_service_list, service_list_document
from yiwang.dvbi.service_list_registry import read_service_list_entry_points, service_list_entry_points_document
from yiwang.hls.playlist_reader import AnyPlaylist, ListedVariants, read_any_playlist
from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2
from yiwang.m3u.genre_list import read_genre_list
from yiwang.m3u.playlist import Playlist
from yiwang.m3u.reader import read_playlist
from yiwang.m3u.writer import playlist_text
from yiwang.mpegts.ait import Ait, parse_ait
from yiwang.mpegts.cat import Cat, parse_cat
from yiwang.mpegts.demultiplexer import Demultiplexer
from yiwang.mpegts.descriptor import Descriptor, parse_descriptors
from yiwang.mpegts.descriptors import CaDescriptor, LocalTimeOffsetDescriptor, NetworkNameDescriptor
from yiwang.mpegts.descriptors.catalogue import AIT_KINDS, describe, kinds
from yiwang.mpegts.dvb_text import DvbText
from yiwang.mpegts.eit import parse_eit_section
from yiwang.mpegts.nit import TABLE_ID_BAT, Nit, NitTransportStream, parse_nit
from yiwang.mpegts.pat import parse_pat
from yiwang.mpegts.pmt import parse_pmt
from yiwang.mpegts.rst import Rst, RunningStatus, parse_rst
from yiwang.mpegts.sdt import parse_sdt
from yiwang.mpegts.section import Section, SectionAssembler, parse_section
from yiwang.mpegts.service_information import ServiceInformation
from yiwang.mpegts.stream_descriptors import StreamDescriptors, StreamEventDescriptor, parse_stream_descriptors
from yiwang.mpegts.tdt_tot import Tdt, Tot, parse_tdt_tot
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.net.hls_follower import LONGEST_RELOAD_MS, HlsFollower
from yiwang.network.from_m3u import listing_of_playlist
from yiwang.packaging.cues import read_cues
from yiwang.packaging.fragments_to_ts import FragmentMultiplexer, FragmentReader, SoundQueue, TrackSamples
from yiwang.packaging.pictures_and_sound import PicturesAndSound
from yiwang.packaging.settings import Settings
from yiwang.packaging.sound_reader import SoundReader
from yiwang.packaging.transport import TransportPackager
from yiwang.scte35.splice_info_section import parse_splice_info_section
from yiwang.scte35.splice_insert import SpliceInsert
from yiwang.services.probe import Probe
from yiwang.web.cmcd_api import MOST_OCTETS
from yiwang.xmltv.guide import Channel, Programme
from yiwang.xmltv.reader import GuideReader
from yiwang.xmltv.writer import guide_pieces

SEED_OCTETS = 1 << 16
SEEDS_OF_A_CAPTURE = 3
SECTIONS_OF_A_TABLE = 40


@dataclass(frozen=True)
class Target:
    """``run`` takes an input, and the mutator for cuts; it returns what it was like, which tells whether it is new."""

    seeds: Callable[[Path], list[bytes]]
    run: Callable[[bytes, Mutator], frozenset[str]]
    packets: bool = False


def declared(run: Callable[[], object]) -> frozenset[str]:
    """Run a parser: a WireError is its right answer to wrong octets."""
    try:
        result = run()
    except WireError as error:
        if error.offset < 0:
            raise AssertionError(f"offset {error.offset}") from error
        return frozenset({f"{error.source}: {error.expected}"})
    return frozenset({type(result).__name__})


# -- seeds: pieces of real captures


@cache
def captures(folder: Path) -> list[bytes]:
    pieces = []
    for file in sorted(folder.rglob("*.ts")):
        octets = file.read_bytes()
        step = max(SEED_OCTETS, len(octets) // SEEDS_OF_A_CAPTURE) // 188 * 188
        pieces += [octets[at : at + SEED_OCTETS // 188 * 188] for at in range(0, len(octets), step)]
    made = television.stream(4)
    return [*pieces, made[: SEED_OCTETS // 188 * 188]]


@cache
def elementary(folder: Path) -> dict[int, list[bytes]]:
    """Octets of elementary streams, by stream_type."""
    found: dict[int, list[bytes]] = {}
    for file in sorted(folder.rglob("*.ts")):
        octets = file.read_bytes()[: 1 << 19]
        try:
            streams = read_ts(octets).values()
        except IndexError:  # the slow twin is for streams that begin with a packet
            continue
        for stream in streams:
            if stream.octets:
                found.setdefault(stream.stream_type, []).append(bytes(stream.octets[:SEED_OCTETS]))
    return found


@cache
def nal_units(folder: Path, stream_type: int) -> list[bytes]:
    units = []
    for octets in elementary(folder).get(stream_type, []):
        units += [unit.rstrip(b"\0")[:400] for unit in octets.split(b"\0\0\1")[1:200]]
    return [unit for unit in units if len(unit) > 2]


class Heard(ServiceInformation):
    """Keeps some sections of each table."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[int, dict[bytes, Section]] = {}

    def take(self, pid: int, section: Section) -> tuple[Section, ...] | None:
        some = self.sections.setdefault(section.table_id, {})
        if len(some) < SECTIONS_OF_A_TABLE:
            some.setdefault(section.to_bytes(), section)
        return super().take(pid, section)


@cache
def sections(folder: Path) -> list[Section]:
    """Some of each table: of real captures, and made ones of tables that are rare."""
    found: dict[bytes, Section] = {}
    for file in sorted(folder.rglob("*.ts")):
        heard = Heard()
        Demultiplexer(lambda pat, pmts: [], information=heard).feed(file.read_bytes()[: 1 << 22])
        for some in heard.sections.values():
            found |= some
    for octets in captures(folder):
        assemblers: dict[int, SectionAssembler] = {}
        for at in range(0, len(octets) - 187, 188):
            packet = octets[at : at + 188]
            pid = (packet[1] & 0x1F) << 8 | packet[2]
            begin = 5 + packet[4] if packet[3] & 0x20 else 4
            if packet[0] == 0x47 and packet[3] & 0x10 and begin < 188 and (pid < 0x30 or packet[1] & 0x40):
                assembler = assemblers.setdefault(pid, SectionAssembler(pid))
                for one in assembler.feed(packet[begin:], bool(packet[1] & 0x40), False):
                    found.setdefault(one.to_bytes(), one)
    name = Descriptor.of(NetworkNameDescriptor(DvbText(b"Net")))
    made = [
        *Nit(3, (name,), (NitTransportStream(2, 9, (name, name)),), TABLE_ID_BAT).to_sections(),
        *Cat((Descriptor.of(CaDescriptor(0x4AF4, 0x100)),)).to_sections(),
        *Ait(0x10, (), (APPLICATION,) * 3).to_sections(),
        Rst((RunningStatus(1, 2, 3, 4, 5), RunningStatus(6, 7, 8, 9, 1))).to_section(),
        StreamDescriptors(5, (Descriptor.of(StreamEventDescriptor(1, 5, b"go")),)).to_section(),
        Tot(1_800_000_000, (Descriptor.of(LocalTimeOffsetDescriptor(())), name)).to_section(),
        Tdt(1_800_000_000).to_section(),
        eit_section(0x4E, 0, event(1), event(2)),
        eit_section(0x50, 8, event(3), event(4), last=16),
    ]
    by_table: dict[int, list[Section]] = {}
    for one in [*made, *found.values()]:
        by_table.setdefault(one.table_id, []).append(one)
    return [one for some in by_table.values() for one in some[:SECTIONS_OF_A_TABLE]]


def section_octets(folder: Path) -> list[bytes]:
    return [one.to_bytes() for one in sections(folder)]


def payloads(folder: Path) -> list[bytes]:
    return [one.payload for one in sections(folder)]


def of_table(*table_ids: int) -> Callable[[Path], list[bytes]]:
    """Payloads of a table's sections, and some of others."""
    return lambda folder: [
        one.payload for n, one in enumerate(sections(folder)) if one.table_id in table_ids or n % 50 == 0
    ]


def splices(folder: Path) -> list[bytes]:
    real = [one.to_bytes() for one in sections(folder) if one.table_id == 0xFC]
    file = folder.parent / "metadata/scte35/messages.json"
    messages = json.loads(file.read_text()) if file.is_file() else []
    others = [test_splice_info_section.octets_of(message) for message in messages if message.get("crc_ok")]
    made = [insert(900_000), section(SpliceInsert(2, False, True, True)), section(SpliceInsert(7, True))]
    return [*real, *others, *made, test_splice_info_section.AD, test_splice_info_section.PLACEMENT]


def subtitles(_folder: Path) -> list[bytes]:
    rows = [[0, 1, 1, 2, 0, 0], [0, 1, 2, 2, 3, 0]]
    sets = [dvb_subtitle_writer.shown(rows, 100, 500, depth) for depth in (2, 4, 8)]
    return [b"\x20\x00" + b"".join(one) + b"\xff" for one in sets]


def teletext(_folder: Path) -> list[bytes]:
    lines = teletext_writer.service(8, 0x88, [Subtitle(1, 2, [b"One", b"Two"]), Subtitle(3, 4, [b"Three"])], 0)
    return [teletext_writer.pes(rows, 0)[14:] for rows in lines.values()]


def data_streams(folder: Path) -> list[bytes]:
    return elementary(folder).get(6, []) or subtitles(folder)


@cache
def referring(_folder: Path) -> list[bytes]:
    """H.264 whose pictures name others in all the ways there are: with memory management, long-term ones, by fields."""
    x264 = [b"".join(data for data, *_ in encoded(parameters, 30)) for parameters in CODINGS.values()]
    heads = (
        {"modifications": (((0, 0), (0, 1)), ((1, 0),))},
        {"operations": [(1, 0), (6, 0)]},
        {"modifications": (((2, 0),), ((2, 0),)), "operations": [(2, 0)]},
        {"operations": [(3, 0, 1), (4, 2)]},
        {"operations": [(5,)]},
        {},
    )
    made = []
    for is_frame in (True, False):
        units = [avc_streams.sps(frame_mbs_only=is_frame), avc_streams.pps()]
        for n in range(16):
            if n == 8 and is_frame:
                units += [avc_streams.sps(width_mbs=22), avc_streams.pps(1)]
            kind = avc_streams.I if n == 0 else avc_streams.B if n % 3 else avc_streams.P
            fields = {"frame_num": n, "poc_lsb": 2 * n, "frame_mbs_only": is_frame, "payload": b"\xa5" * 8}
            fields |= {"pps_id": int(n >= 8 and is_frame), **(heads[n % len(heads)] if n else {})}
            for parity in (None,) if is_frame else ("top", "bottom"):
                idr = n == 0 and parity != "bottom"
                units.append(avc_streams.coded_slice(kind, field=parity, idr=idr, **fields))
        made.append(avc_streams.byte_stream(*units))
    return x264 + made


# -- seeds: lists and guides of others, in the folder beside the captures, and made ones


def lists(_folder: Path) -> list[bytes]:
    quotes = (
        '#EXTINF:-1,tvg-id="a" group-title=\'b\' c=d tvg-name="e"f",g, h="i"\n#KODIPROP:a=b=c\nrtp://@[ff3e::1]:5000\n'
    )
    text = test_playlist.LIST
    genres = "央视,#genre#\nA,http://h/1.m3u8$高清#rtp://239.1.1.1:5000\n卫视，#genre#\nB，http://h/2|User-Agent=x\n"
    more = (
        '#EXTM3U catchup="append"#EXTINF:-1 tvg-chno="1" radio="true",CCTV-1 (1080p)\nigmp://239.1.1.1:1\n#EXTGRP:g\n'
    )
    texts = (text, text + quotes, genres, more + "#EXTINF:-1,CCTV1\nhttp://h/1.ts$720P\n")
    return [text.encode("gb18030"), b"\xff\xfe" + text.encode("utf-16-le"), *(one.encode() for one in texts)]


@cache
def foreign(folder: Path, pattern: str) -> list[bytes]:
    """The begin of each document, and another piece of a long one; the tests go without where there are none."""
    files = sorted((folder.parent / "metadata").glob(pattern))
    octets = [file.read_bytes() for file in files]
    return [o[:SEED_OCTETS] for o in octets] + [o[-SEED_OCTETS:] for o in octets if len(o) > SEED_OCTETS]


def hls_playlists(_folder: Path) -> list[bytes]:
    kinds = '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXT-X-MAP:URI="i"\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-ENDLIST\n'
    more = '#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0xA1\n#EXT-X-MAP:URI="i",BYTERANGE="9@2"\n#EXTINF:1,\na\n'
    live = test_playlist_reader.LIVE
    texts = (live, test_playlist_reader.VARIANTS, live + kinds, live + more + more)
    return [text.encode() for text in texts]


def guides(folder: Path) -> list[bytes]:
    return [written(WHOLE, WHOLE), *foreign(folder, "xmltv/*.xml")]


def dvbi(root: str, made: bytes) -> Callable[[Path], list[bytes]]:
    """Documents whose root element is ``root``, of others and a made one."""
    begin = re.compile(rb"<(?:\w+:)?%s[\s>]" % root.encode())
    return lambda folder: [made, *(o for o in foreign(folder, "dvb-i/**/*.xml") if begin.search(o[:4000]))]


# -- runs


def package(octets: bytes, mutator: Mutator, *, live: bool) -> frozenset[str]:
    settings = Settings(live=live, part_90k=45_000 if live else 0)
    packager = TransportPackager(None, settings, monitor=Monitor() if live else None)
    now, n_out, names = NOW if live else 0, 0, set()
    for n, block in enumerate(mutator.cuts(octets)):
        events = packager.feed(block, now + n * 9000 * live)
        n_out += sum(len(getattr(event, "data", b"")) for event in events)
        names |= {type(event).__name__ for event in events}
    events = packager.flush(now + 90_000 * live)
    n_out += sum(len(getattr(event, "data", b"")) for event in events)
    assert n_out < 4 * len(octets) + 200_000, f"{n_out} octets of {len(octets)}"
    return frozenset(names | {fault.name for fault in packager.drain_faults()})


def probe(octets: bytes, mutator: Mutator) -> frozenset[str]:
    it = Probe(measures_buffers=True)
    for block in mutator.cuts(octets):
        it.feed(block)
    it.flush()
    report = it.report()
    return frozenset({str(len(report.programs)), *(stream.codec for p in report.programs for stream in p.streams)})


def feed(machine: object, octets: bytes, mutator: Mutator) -> frozenset[str]:
    """Feed a framer or decoder in cuts, each with a mark."""
    time, names = 900_000, set()
    for block in mutator.cuts(octets):
        flags = MARK_PES_START | (MARK_DAMAGED if len(block) % 5 == 0 else 0)
        marks = np.array([[len(block) // 3, time, time, flags]], np.int64)
        units = machine.feed(np.frombuffer(block, np.uint8), marks)  # type: ignore[attr-defined]
        names.add(f"{len(units) > 0}")
        time += 3600
    machine.flush()  # type: ignore[attr-defined]
    return frozenset(names | {fault.name for fault in machine.drain_faults()})  # type: ignore[attr-defined]


def after_losses(octets: bytes, mutator: Mutator) -> frozenset[str]:
    """The framer of H.264, with NAL units lost here and there: what it does with the rest is the same in any cuts."""
    pieces = [b"\0\0\1" + unit for unit in octets.split(b"\0\0\1")[1:]]
    kept, marks, at, time = [], [], 0, 900_000
    flags = MARK_PES_START
    for piece, is_lost in zip(pieces, mutator.lose(len(pieces)), strict=True):
        time += 3600 * (piece[3:4] != b"" and piece[3] & 31 in (1, 5))
        if is_lost:
            flags |= MARK_DAMAGED
            continue
        marks.append((at, time, time, flags))
        kept.append(piece)
        at, flags = at + len(piece), MARK_PES_START
    es, rows = np.frombuffer(b"".join(kept), np.uint8), np.array(marks, np.int64).reshape(-1, 4)
    framers = AvcFramer(), AvcFramer()
    units = [framer.feed(es[:0], rows[:0]) for framer in framers]
    units[0] += framers[0].feed(es, rows)
    begin = 0
    for block in mutator.cuts(es.tobytes()):
        end = begin + len(block)
        of_block = rows[(begin <= rows[:, 0]) & (rows[:, 0] < end)] - (begin, 0, 0, 0)
        units[1] += framers[1].feed(es[begin:end], of_block)
        begin = end
    units = [found + framer.flush() for found, framer in zip(units, framers, strict=True)]
    faults = [sorted(framer.drain_faults(), key=lambda fault: fault.name) for framer in framers]
    assert units[0] == units[1]
    assert faults[0] == faults[1]
    return frozenset({fault.name for fault in faults[0]} | {f"{len(units[0]).bit_length()} pictures"})


def table(parse: Callable[[list[Section]], Any], *table_ids: int) -> Target:
    """A parser of whole tables, given a few sections with a payload that is wrong; what it reads can be written."""

    def rewritten(these: list[Section]) -> object:
        read = parse(these)
        # of several, one may end within a descriptor, and what is left of that has no place in the middle
        assert len(these) > 1 or parse(read.to_sections()) == read
        return read

    def run(octets: bytes, mutator: Mutator) -> frozenset[str]:
        names: frozenset[str] = frozenset()
        parts = [part[:4000] for part in mutator.cuts(octets, 3)]
        for table_id in table_ids:
            these = [Section(table_id, 0, 1, True, n, len(parts), part, 0, True, True) for n, part in enumerate(parts)]
            names |= declared(lambda these=these: rewritten(these))  # type: ignore[misc]
        return names

    return Target(of_table(*table_ids), run)


def one_section(parse: Callable[[Section], Any], *table_ids: int, long_form: bool = True) -> Target:
    """Likewise of tables whose sections are read one by one."""

    def rewritten(one: Section) -> object:
        read = parse(one)
        assert parse(read.to_section()) == read
        return read

    def run(octets: bytes, _mutator: Mutator) -> frozenset[str]:
        names: frozenset[str] = frozenset()
        for table_id in table_ids:
            one = Section(table_id, 0, long_form, True, 0, 0, octets[:4000], 0, long_form, True)
            names |= declared(lambda one=one: rewritten(one))  # type: ignore[misc]
        return names

    return Target(of_table(*table_ids), run)


def parser(parse: Callable[[bytes], object]) -> Callable[[bytes, Mutator], frozenset[str]]:
    return lambda octets, _mutator: declared(lambda: parse(octets))


def opus_seeds(_folder: Path) -> list[bytes]:
    described = list(test_opus_channels.KNOWN)
    return [b"\0" + octets for octets in described] + [b"\1" + parse_descriptor(octets).dops() for octets in described]


def opus_mapping(octets: bytes) -> object:
    """Channels of a descriptor or of ``dOps``: what is read can be written to either, and is read again."""
    mapping = parse_dops(octets[1:]) if octets[:1] == b"\1" else parse_descriptor(octets[1:])
    assert parse_dops(mapping.dops()) == mapping
    assert identification_header(mapping.dops())[9] == mapping.channels
    assert parse_descriptor(mapping.descriptor()) == mapping
    return mapping


def sealed(parse: Callable[[bytes], object]) -> Callable[[bytes, Mutator], frozenset[str]]:
    """A parser of sections, given wrong ones as they are, and with a right length and CRC_32: those get further."""

    def run(octets: bytes, _mutator: Mutator) -> frozenset[str]:
        body = bytearray(octets[:4000].ljust(8, b"\0"))
        body[1:3] = (int.from_bytes(body[1:3], "big") & 0xF000 | len(body) + 1).to_bytes(2, "big")
        whole = bytes(body) + crc32_mpeg2(bytes(body)).to_bytes(4, "big")
        return declared(lambda: parse(octets)) | declared(lambda: parse(whole))

    return run


def splice(octets: bytes) -> object:
    """What is read is written and read again as it was; what it says to players is read from both alike."""
    read = parse_splice_info_section(octets)
    written = read.to_bytes()
    assert parse_splice_info_section(written) == read
    cues = read_cues(octets)
    assert read_cues(written) == cues
    return cues


def written_again(kind: Any, octets: bytes) -> object:
    """Read a descriptor's payload; it is the same when it has been written and read again."""
    read = kind.parse(octets)
    assert kind.parse(read.to_bytes()) == read
    return read


def every_descriptor(octets: bytes, _mutator: Mutator) -> frozenset[str]:
    names: frozenset[str] = frozenset()
    for of_ait in (False, True):
        for (tag, _), kind in (AIT_KINDS if of_ait else kinds()).items():
            one = Descriptor(tag, octets[:255])
            names |= declared(lambda kind=kind: written_again(kind, octets[:255]))  # type: ignore[misc]
            names |= declared(lambda one=one, of_ait=of_ait: describe(one, of_ait=of_ait))  # type: ignore[misc]
    names |= declared(lambda: [describe(d) for d in parse_descriptors(octets[:4000])])
    return names


def assembled(octets: bytes, mutator: Mutator) -> frozenset[str]:
    assembler = SectionAssembler(0x11)
    for n, part in enumerate(mutator.cuts(octets)):
        for block in (part[at : at + 184] for at in range(0, len(part), 184)):
            for one in assembler.feed(block, n % 2 == 0, False):
                one.to_bytes()
    return frozenset(fault.name for fault in assembler.drain_faults())


def framer_targets() -> Iterator[tuple[str, Target]]:
    for stream_type in PACKAGED:

        def seeds(folder: Path, stream_type: int = stream_type) -> list[bytes]:
            if stream_type == OPUS:
                return [b"".join(test_opus_framer.UNITS), b"".join(test_opus_framer.TRIMMED)]
            kin = {0x87: (0x87, 0x81, 6), 0x81: (0x81, 0x87, 6), 0x01: (2,), 0x04: (3, 4), 0x11: (0x11, 0x0F)}
            found = [o for t in kin.get(stream_type, (stream_type,)) for o in elementary(folder).get(t, [])]
            return found or [b"".join(o[:4096] for o in elementary(folder)[0x0F])]

        def run(octets: bytes, mutator: Mutator, stream_type: int = stream_type) -> frozenset[str]:
            return feed(framer_for(stream_type), octets, mutator)

        yield f"framer of 0x{stream_type:02x}", Target(seeds, run)


def nal_targets() -> Iterator[tuple[str, Target]]:
    rooms: Iterable[tuple[str, int, Callable[[bytes], object]]] = (
        ("avc sps", 0x1B, avc_sps.parse_sps),
        ("avc pps", 0x1B, avc_pps.parse_pps),
        ("avc record", 0x1B, avc_configuration.parse_avc_decoder_configuration_record),
        ("avc captions", 0x1B, caption_services),
        ("hevc vps", 0x24, hevc_vps.parse_vps),
        ("hevc sps", 0x24, hevc_sps.parse_sps),
        ("hevc pps", 0x24, hevc_pps.parse_pps),
        ("hevc record", 0x24, hevc_configuration.parse_hevc_decoder_configuration_record),
    )
    for name, stream_type, parse in rooms:
        yield name, Target(lambda folder, t=stream_type: nal_units(folder, t), parser(parse))


def reports(octets: bytes, _mutator: Mutator) -> frozenset[str]:
    """Reports of players, and what they sum up to."""
    names: set[str] = set()
    viewing = Viewing(lambda content_id: content_id != "other")
    for n, report in enumerate(parse_reports(octets[:MOST_OCTETS])):
        if isinstance(report, CmcdReport):
            names.add(viewing.take(report, n * SILENT_MS // 3))
        else:
            assert report.offset >= 0
            names.add(f"{report.source}: {report.expected}")
    viewing.now(SILENT_MS)
    return frozenset(names)


def channel_list(octets: bytes, _mutator: Mutator) -> frozenset[str]:
    """What is read can be written, and is then read as it was written."""
    found: list[Playlist] = []
    names = declared(lambda: found.extend((read_playlist(octets), read_genre_list(octets))))
    for playlist in found:
        listing = listing_of_playlist("s", playlist)
        assert len({one.key for one in listing.services}) == len(listing.services)
        text = playlist_text(playlist)
        assert playlist_text(read_playlist(text.encode())) == text
        names |= set(playlist.faults) | {str(len(playlist.entries)), *playlist.attributes}
    return names


def hls_playlist(octets: bytes, _mutator: Mutator) -> frozenset[str]:
    """Whatever is listed, a follower gives each segment once, in order, and has a time for the next look."""
    found: list[AnyPlaylist] = []
    names = declared(lambda: found.append(read_any_playlist(octets)))
    for playlist in found:
        if isinstance(playlist, ListedVariants):
            names |= {f"variants {len(playlist.variants)}"}
            continue
        follower, last = HlsFollower(), -1
        for moment_ms in (0, 60_000):
            follower.take(playlist, moment_ms)
            assert moment_ms < follower.reload_ms <= moment_ms + LONGEST_RELOAD_MS
            while (one := follower.next_segment()) is not None:
                assert one.segment.media_sequence_number > last
                last = one.segment.media_sequence_number
        names |= {f"{one.key is not None} {one.map is not None}" for one in playlist.segments[-1:]}
        names |= {f"{len(playlist.segments)}", *playlist.key_methods[:3], *(f.name for f in follower.drain_faults())}
    return names


def fragmented(folder: Path) -> list[bytes]:
    """Header and fragments in one: pictures, sound, and both."""
    headers, chunks = test_fragments_to_ts.cmaf(2)
    return [headers[name] + chunks[name] for name in headers] + [headers["video"] + chunks["video"] + chunks["audio"]]


def sounds(_folder: Path) -> list[bytes]:
    """A segment of packed audio, and one of a transport stream."""
    frames = b"".join(test_sound_reader.adts(n) for n in range(4))
    of_stream = test_sound_reader.TABLES + test_sound_reader.transport([(test_sound_reader.pes(frames, 500), True)])
    return [test_sound_reader.packed(frames, 500), of_stream]


def sound(octets: bytes, _mutator: Mutator) -> frozenset[str]:
    """Whatever a segment of sound is, its frames have rising times; whatever one of pictures is, sound can be put into it."""
    read: list[TrackSamples] = []
    reader = SoundReader()
    names = declared(lambda: read.extend((reader.read(octets), reader.read(octets))))
    for found in read:
        assert (np.diff(found.samples.times[:, 0]) >= 0).all()
    frames = b"".join(test_sound_reader.adts(n) for n in range(4))
    beside = SoundReader().read(test_sound_reader.packed(frames, 500))
    joiner = PicturesAndSound()
    pictures = joiner.read(octets)
    if pictures is not None:
        made = joiner.joined(pictures, [(beside.stream, beside.samples)])
        assert len(made) % 188 == 0
        assert len(made) < 40 * len(octets) + 100_000
    return names


def fragments(octets: bytes, _mutator: Mutator) -> frozenset[str]:
    """Whatever comes of a header and fragments, it is a transport stream, and not much larger than they are."""
    names: frozenset[str] = frozenset()
    for pictures in (True, False):
        reader = FragmentReader(pictures=pictures)
        read: list[TrackSamples] = []
        names |= declared(lambda reader=reader: reader.take_header(octets))  # type: ignore[misc]
        names |= declared(lambda reader=reader, read=read: read.extend(reader.read(octets)))  # type: ignore[misc]
        queue = SoundQueue()
        for number, found in enumerate(read):
            queue.append(number, found)
            assert queue.octets >= 0
            queue.has(number, found.begin_90k, found.samples.end_90k)
            taken = queue.take(number, found.begin_90k, found.samples.end_90k)
            assert taken is None or taken.samples.places[:, 1].min() > 0
        if read:
            made = FragmentMultiplexer().segment([(one.stream, one.samples) for one in read], 90_000)
            assert len(made) % 188 == 0
            assert set(made[::188]) <= {0x47}
        names |= {f"tracks {len(read)}"}
    return names


def guide(octets: bytes, mutator: Mutator) -> frozenset[str]:
    """The same rows in any cuts; what is read can be written and is read again."""
    names: frozenset[str] = frozenset()
    for document in (octets, mended(octets)):
        whole, faults = guide_rows([document])
        assert (whole, faults) == guide_rows(mutator.cuts(document))
        channels = [row for row in whole if isinstance(row, Channel)]
        programmes = [row for row in whole if isinstance(row, Programme)]
        again, _ = guide_rows(list(guide_pieces(channels, programmes)))
        assert len(again) == len(whole)
        names |= set(faults) | {str(len(whole).bit_length())}
    return names


def guide_rows(blocks: list[bytes]) -> tuple[list[Channel | Programme], dict[str, int]]:
    reader = GuideReader()
    rows = [row for block in blocks for row in reader.feed(block)]
    return [*rows, *reader.flush()], dict(reader.faults)


def mended(octets: bytes) -> bytes:
    """Well-formed XML of what is left of a document: wrong values and places of elements get further than wrong mark-up."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(octets, parser)
    except etree.XMLSyntaxError:
        return b""
    return b"" if root is None else etree.tostring(root)


def document(
    read: Callable[[bytes], tuple[Any, dict[str, int]]], write: Callable[[Any], bytes]
) -> Callable[[bytes, Mutator], frozenset[str]]:
    """A reader of documents: what is read can be written, and once it is in our order it stays as it is."""

    def run(octets: bytes, _mutator: Mutator) -> frozenset[str]:
        names: frozenset[str] = frozenset()
        for each in (octets, mended(octets)):
            found: list[tuple[Any, dict[str, int]]] = []
            names |= declared(lambda each=each, found=found: found.append(read(each)))  # type: ignore[misc]
            for record, faults in found:
                text = write(read(write(record))[0])
                assert write(read(text)[0]) == text
                names |= set(faults)
        return names

    return run


TARGETS: dict[str, Target] = {
    "packager, live": Target(captures, lambda o, m: package(o, m, live=True), packets=True),
    "packager, file": Target(captures, lambda o, m: package(o, m, live=False), packets=True),
    **dict(framer_targets()),
    **dict(nal_targets()),
    "avc after losses": Target(referring, after_losses),
    "teletext": Target(
        lambda folder: teletext(folder) + data_streams(folder),
        lambda o, m: feed(TeletextDecoder({(8, 0x88): "deu"}), o, m),
    ),
    "dvb subtitles": Target(
        lambda folder: subtitles(folder) + data_streams(folder), lambda o, m: feed(DvbSubtitleDecoder([(1, 1)]), o, m)
    ),
    "audio specific config": Target(
        lambda _: [b"\x11\x90", b"\x2b\x92\x08\x00", b"\xf8\x5e\x20"], parser(parse_audio_specific_config)
    ),
    "opus channels": Target(opus_seeds, parser(opus_mapping)),
    "section": Target(section_octets, sealed(parse_section)),
    "sections of packets": Target(section_octets, assembled),
    "descriptors": Target(payloads, every_descriptor),
    "dvb text": Target(payloads, parser(lambda octets: str(DvbText(octets[:250])))),
    "pat": table(parse_pat, 0x00),
    "cat": table(parse_cat, 0x01),
    "pmt": table(parse_pmt, 0x02),
    "nit and bat": table(parse_nit, 0x40, 0x4A),
    "ait": table(parse_ait, 0x74),
    "rst": one_section(parse_rst, 0x71, long_form=False),
    "stream descriptors": one_section(parse_stream_descriptors, 0x3D),
    "probe": Target(captures, probe, packets=True),
    "sdt": table(parse_sdt, 0x42, 0x46),
    "eit": one_section(parse_eit_section, 0x4E, 0x50),
    "tdt and tot": one_section(parse_tdt_tot, 0x70, 0x73, long_form=False),
    "splice_info_section": Target(splices, sealed(splice)),
    "channel list": Target(lists, channel_list),
    "cmcd reports": Target(
        lambda _: [WHOLE_REPORT, BARE, WHOLE_REPORT + b"\n" + BARE + b",ab=(2500;av)\r\n" + WHOLE_REPORT], reports
    ),
    "hls playlist": Target(hls_playlists, hls_playlist),
    "movie fragments": Target(fragmented, fragments),
    "sound apart": Target(sounds, sound),
    "guide": Target(guides, guide),
    "dvb-i service list": Target(
        dvbi("ServiceList", service_list_document(LIST)), document(read_service_list, service_list_document)
    ),
    "dvb-i registry": Target(
        dvbi("ServiceListEntryPoints", service_list_entry_points_document(REGISTRY)),
        document(read_service_list_entry_points, service_list_entry_points_document),
    ),
    "dvb-i guide": Target(
        dvbi("TVAMain", content_guide_document(GUIDE)), document(read_content_guide, content_guide_document)
    ),
}
