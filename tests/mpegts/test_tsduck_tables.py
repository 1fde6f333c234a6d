"""TSDuck's reading of the same captures: its golden `tstables` output, in place."""

import json
from pathlib import Path

import pytest

from tests.mpegts.slow_sections import tables_of
from yiwang.mpegts import pat, sdt
from yiwang.mpegts.descriptor import Descriptors, find
from yiwang.mpegts.descriptors import (
    EnhancedAc3Descriptor,
    Iso639LanguageDescriptor,
    ServiceDescriptor,
    StreamIdentifierDescriptor,
    SubtitlingDescriptor,
    SupplementaryAudioDescriptor,
    TeletextDescriptor,
)
from yiwang.mpegts.pat import parse_pat
from yiwang.mpegts.pmt import NO_PCR_PID, Pmt, parse_pmt
from yiwang.mpegts.sdt import parse_sdt

pytestmark = pytest.mark.differential


def nodes(node: dict, name: str) -> list[dict]:
    return [child for child in node.get("#nodes", []) if child["#name"] == name]


def our_tables(path: Path) -> dict[str, dict]:
    """PAT, PMTs and SDT in the shape of TSDuck's JSON, as far as we compare."""
    found: dict[str, dict] = {}
    psi = tables_of(path, {pat.PID, sdt.PID})
    table = parse_pat(psi[pat.PID][0])
    found["PAT"] = {
        "transport_stream_id": table.transport_stream_id,
        "version": table.version_number,
        "programs": {p.program_number: p.program_map_pid for p in table.programs if p.program_number},
    }
    for wholes in tables_of(path, {p.program_map_pid for p in table.programs if p.program_number}).values():
        for whole in wholes[:1]:
            found[f"PMT {parse_pmt(whole).program_number}"] = pmt_like_tsduck(parse_pmt(whole))
    for whole in psi[sdt.PID]:
        services = parse_sdt(whole)
        found["SDT"] = {
            "version": services.version_number,
            "original_network_id": services.original_network_id,
            "services": [service_like_tsduck(s.service_id, s.descriptors) for s in services.services],
        }
    return found


def service_like_tsduck(service_id: int, descriptors: Descriptors) -> tuple:
    service = find(descriptors, ServiceDescriptor)
    return service_id, service.service_type, str(service.service_provider_name), str(service.service_name)


def pmt_like_tsduck(table: Pmt) -> dict:
    return {
        "version": table.version_number,
        "pcr_pid": table.pcr_pid,
        "components": [
            (s.stream_type, s.elementary_pid, languages(s.es_info), teletext(s.es_info)) for s in table.streams
        ],
    }


def languages(es_info: Descriptors) -> tuple:
    descriptor = find(es_info, Iso639LanguageDescriptor)
    return descriptor.languages if descriptor else ()


def teletext(es_info: Descriptors) -> tuple:
    descriptor = find(es_info, TeletextDescriptor)
    pages = descriptor.pages if descriptor else ()
    return tuple((page.language, page.teletext_type, int(str(page))) for page in pages)


def their_tables(path: Path) -> dict[str, dict]:
    found: dict[str, dict] = {}
    for table in json.loads(path.read_text()):
        if table["#name"] == "PAT":
            programs = {s["service_id"]: s["program_map_pid"] for s in nodes(table, "service")}
            found["PAT"] = {
                "transport_stream_id": table["transport_stream_id"],
                "version": table["version"],
                "programs": programs,
            }
        elif table["#name"] == "PMT":
            found[f"PMT {table['service_id']}"] = {
                "version": table["version"],
                "pcr_pid": table.get("pcr_pid", NO_PCR_PID),
                "components": [
                    (c["stream_type"], c["elementary_pid"], their_languages(c), their_teletext(c))
                    for c in nodes(table, "component")
                ],
            }
        elif table["#name"] == "SDT":
            found["SDT"] = {
                "version": table["version"],
                "original_network_id": table["original_network_id"],
                "services": [
                    (s["service_id"], d["service_type"], d["service_provider_name"], d["service_name"])
                    for s in nodes(table, "service")
                    for d in nodes(s, "service_descriptor")
                ],
            }
    return found


def their_languages(component: dict) -> tuple:
    return tuple(
        (entry["code"], entry["audio_type"])
        for descriptor in nodes(component, "ISO_639_language_descriptor")
        for entry in nodes(descriptor, "language")
    )


def their_teletext(component: dict) -> tuple:
    return tuple(
        (page["language_code"], page["teletext_type"], page["page_number"])
        for descriptor in nodes(component, "teletext_descriptor")
        for page in nodes(descriptor, "teletext")
    )


@pytest.mark.parametrize("name", ["test-012", "test-025", "test-072"])
def test_tables_are_read_as_tsduck_reads_them(captures, name):
    golden = captures / "oracle/tsduck-reference" / name / f"{name}.tstables.json"
    theirs = their_tables(golden)
    assert len(theirs) >= 2
    assert our_tables(captures / "tsduck" / f"{name}.ts") == theirs


def test_the_descriptors_of_france_2_are_read_as_tsduck_reads_them(captures):
    text = (captures / "oracle/tsduck-reference/test-026/test-026.csa.psi.txt").read_text()
    table = parse_pmt(tables_of(captures / "tsduck/test-026.ts", {110})[110][0])
    lines = []
    for stream in table.streams:
        lines.append(f"PID: 0x{stream.elementary_pid:04X} ({stream.elementary_pid})")
        lines += descriptor_lines(stream.es_info)
    at = 0
    for line in lines:
        at = text.index(line, at)
    assert len(lines) > 20


def descriptor_lines(es_info: Descriptors) -> list[str]:
    """What TSDuck prints of these descriptors, in the order of its text."""
    lines = []
    for descriptor in es_info:
        only = (descriptor,)
        if tag := find(only, StreamIdentifierDescriptor):
            lines.append(f"Component tag: 0x{tag.component_tag:02X}")
        if language := find(only, Iso639LanguageDescriptor):
            lines += [f"Language: {code}, Type: 0x{audio_type:02X}" for code, audio_type in language.languages]
        if audio := find(only, SupplementaryAudioDescriptor):
            lines.append(["to be mixed", "Mix type: complete and independent stream"][audio.mix_type])
            lines.append(["main", "Editorial classification: audio description"][audio.editorial_classification])
            lines.append(f"Language: {audio.language}")
        if dolby := find(only, EnhancedAc3Descriptor):
            lines.append(f"Component type: 0x{dolby.component_type:02X}")
        if subtitling := find(only, SubtitlingDescriptor):
            for s in subtitling.subtitles:
                lines.append(f"Language: {s.language}, Type: 0x{s.subtitling_type:02X}")
                lines.append(f"Type: DVB subtitles{' for hard of hearing' if s.hard_of_hearing else ''}, high")
                lines.append(f"page: 0x{s.composition_page_id:04X} ({s.composition_page_id}), Ancillary")
    return lines
