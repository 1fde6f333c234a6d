"""PSI and SI sections: one PID's packet payloads to sections, and sections to whole sub-tables.

A *section* is up to 4096 octets with its own length; a *sub-table* is all sections, ``section_number`` 0 to
``last_section_number``, of one ``table_id`` and ``table_id_extension``.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.events import Fault
from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2

MAX_SECTION = 4096  # ISO/IEC 13818-1 2.4.4.11: private_section_length <= 4093
MAX_PSI_PAYLOAD = 1021 - 9
"""Octets between the headers and CRC_32 of a PAT, CAT, PMT, NIT or SDT section: their section_length <= 1021."""
HEADER = 3  # table_id to section_length
LONG_HEADER = 8  # ... to last_section_number
CRC = 4

STUFFING_TABLE_ID = 0xFF
TABLE_ID_TOT = 0x73
TABLE_ID_SPLICE_INFO = 0xFC
SHORT_WITH_CRC = frozenset({TABLE_ID_TOT, TABLE_ID_SPLICE_INFO})
"""Sections with section_syntax_indicator 0 that still end in a CRC_32: EN 300 468 5.2.6, SCTE 35 9.6."""

EIT_TABLE_IDS = range(0x4E, 0x70)


@dataclass(frozen=True, slots=True)
class Section:
    """One section, its CRC_32 good.

    ``section_syntax_indicator`` 0 is the short form: no fields from ``table_id_extension`` to ``last_section_number``
    (they are 0 here), ``payload`` is everything after the length, less a CRC_32 where the table has one.
    """

    table_id: int
    table_id_extension: int
    version_number: int
    current_next_indicator: bool
    section_number: int
    last_section_number: int
    payload: bytes
    crc: int  # CRC_32 as received or made; 0 for a short section without one
    section_syntax_indicator: bool = True
    private_indicator: bool = False
    sap_type: int = 3  # of a splice_info_section, SCTE 35 9.6; reserved bits elsewhere

    def to_bytes(self) -> bytes:
        """Write the section with reserved bits at one and a new CRC_32."""
        body = self.payload
        if self.section_syntax_indicator:
            body = (
                self.table_id_extension.to_bytes(2, "big")
                + bytes(
                    (
                        0xC0 | self.version_number << 1 | self.current_next_indicator,
                        self.section_number,
                        self.last_section_number,
                    )
                )
                + body
            )
        has_crc = self.section_syntax_indicator or self.table_id in SHORT_WITH_CRC
        length = len(body) + CRC * has_crc
        if length > MAX_SECTION - HEADER:
            raise WireError("section", 1, f"section_length of at most {MAX_SECTION - HEADER}", str(length))
        flags = self.section_syntax_indicator << 15 | self.private_indicator << 14 | self.sap_type << 12
        octets = bytes((self.table_id,)) + (flags | length).to_bytes(2, "big") + body
        return octets + crc32_mpeg2(octets).to_bytes(CRC, "big") if has_crc else octets


def make_section(
    table_id: int,
    table_id_extension: int,
    payload: bytes,
    *,
    version_number: int = 0,
    section_number: int = 0,
    last_section_number: int = 0,
    current_next_indicator: bool = True,
    private_indicator: bool = False,
) -> Section:
    """Make a section of the long form, its CRC_32 computed."""
    section = Section(
        table_id,
        table_id_extension,
        version_number,
        current_next_indicator,
        section_number,
        last_section_number,
        payload,
        0,
        True,
        private_indicator,
    )
    return parse_section(section.to_bytes())


def parse_section(octets: bytes) -> Section:
    """Read one whole section.

    Raises
    ------
    WireError    the octets are not exactly one section, or its CRC_32 is wrong
    """
    if len(octets) < HEADER:
        raise WireError("section", 0, f"at least {HEADER} octets", str(len(octets)))
    flags_and_length = int.from_bytes(octets[1:3], "big")
    if len(octets) != HEADER + (flags_and_length & 0xFFF) or len(octets) > MAX_SECTION:
        raise WireError("section", 1, "section_length up to the section's end", str(flags_and_length & 0xFFF))
    table_id = octets[0]
    long_form = bool(flags_and_length & 0x8000)
    private_indicator = bool(flags_and_length & 0x4000)
    has_crc = long_form or table_id in SHORT_WITH_CRC
    start = LONG_HEADER if long_form else HEADER
    end = len(octets) - CRC * has_crc
    if end < start:
        raise WireError("section", 1, f"section_length of {start + CRC * has_crc - HEADER} or more", str(len(octets)))
    crc = 0
    if has_crc:
        crc = int.from_bytes(octets[end:], "big")
        if crc32_mpeg2(octets):
            raise WireError("section", end, f"CRC_32 {crc32_mpeg2(octets[:end]):#010x}", f"{crc:#010x}")
    payload = octets[start:end]
    if not long_form:
        sap_type = flags_and_length >> 12 & 3 if table_id == TABLE_ID_SPLICE_INFO else 3
        return Section(table_id, 0, 0, True, 0, 0, payload, crc, False, private_indicator, sap_type)
    return Section(
        table_id,
        int.from_bytes(octets[3:5], "big"),
        octets[5] >> 1 & 0x1F,
        bool(octets[5] & 1),
        octets[6],
        octets[7],
        payload,
        crc,
        True,
        private_indicator,
    )


class SectionAssembler:
    """Machine: the packet payloads of one PID in, sections out.

    Damage never raises. It is counted (:meth:`drain_faults`) under these names: ``crc_error``,
    ``section_length_error``, ``section_truncated`` (a new section began, or packets were lost, before it was whole),
    ``pointer_field_error``.

    Notes
    -----
    Source: ISO/IEC 13818-1 2.4.4.1 (pointer_field), 2.4.4.3 (stuffing). Memory: one section, at most 4096 octets.
    """

    def __init__(self, pid: int = -1) -> None:
        self.pid = pid
        self._partial = bytearray()
        self._faults: Counter[str] = Counter()

    def feed(self, payload: bytes, payload_unit_start: bool, lost: bool = False) -> list[Section]:
        """Take one packet's payload and return the sections that it completes.

        Parameters
        ----------
        payload : bytes-like            what follows the packet header and adaptation field
        payload_unit_start : bool       payload_unit_start_indicator: the payload begins with pointer_field
        lost : bool                     packets of this PID were lost just before this one
        """
        sections: list[Section] = []
        if lost:
            self._drop_partial()
        octets = bytes(payload)
        if not payload_unit_start:
            if self._partial:
                self._take(octets, sections)
            return sections
        if not octets:
            return sections
        start = 1 + octets[0]
        if start > len(octets):
            self._faults["pointer_field_error"] += 1
            self._drop_partial()
            return sections
        if self._partial:
            self._take(octets[1:start], sections)
            self._drop_partial()
        self._take(octets[start:], sections)
        return sections

    @property
    def is_idle(self) -> bool:
        """Tell whether no section is waiting for its rest."""
        return not self._partial

    def drain_faults(self) -> list[Fault]:
        """Return what was damaged since the last call."""
        faults = [Fault(name, count, self.pid) for name, count in self._faults.items()]
        self._faults.clear()
        return faults

    def _drop_partial(self) -> None:
        if self._partial:
            self._faults["section_truncated"] += 1
        self._partial.clear()

    def _take(self, octets: bytes, sections: list[Section]) -> None:
        """Append ``octets`` to the partial section and cut off what is whole, until stuffing."""
        held = self._partial
        held += octets
        start = 0
        while start < len(held):
            if held[start] == STUFFING_TABLE_ID:
                start = len(held)  # only stuffing follows, up to the next pointer_field
                break
            if len(held) - start < HEADER:
                break
            end = start + HEADER + ((held[start + 1] & 0x0F) << 8 | held[start + 2])
            if end - start > MAX_SECTION:
                self._faults["section_length_error"] += 1
                start = len(held)  # no way to tell where the next section begins, until the next pointer_field
                break
            if len(held) < end:
                break
            self._parse(bytes(held[start:end]), sections)
            start = end
        del held[:start]

    def _parse(self, octets: bytes, sections: list[Section]) -> None:
        try:
            sections.append(parse_section(octets))
        except WireError as error:
            self._faults["crc_error" if error.offset > 1 else "section_length_error"] += 1


class SubTable:
    """Machine: sections of one sub-table in; the whole sub-table out, once each time it changes.

    A change is a new ``version_number``, and also other octets (another CRC_32) under the same version, which real
    multiplexers do. Sections that are not yet applicable (``current_next_indicator`` 0) are ignored.
    """

    def __init__(self) -> None:
        self._held: dict[int, Section] = {}
        self._published: tuple[Section, ...] = ()

    def add(self, section: Section) -> tuple[Section, ...] | None:
        """Return all sections by rising number if this one makes the sub-table whole and other than before."""
        if not section.current_next_indicator or section.section_number > section.last_section_number:
            return None
        held = self._held.get(section.section_number) or next(iter(self._held.values()), section)
        if not _same_issue(section, held):
            self._held.clear()
        self._held[section.section_number] = section
        expected = section.last_section_number + 1
        if len(self._held) + sum(map(_unsent_after, self._held.values())) < expected:
            return None
        whole = tuple(self._held[number] for number in sorted(self._held))
        if whole == self._published:
            return None
        self._published = whole
        return whole

    def is_other_issue(self, section: Section) -> bool:
        """Tell whether a section, if it is added, makes those forgotten that have come before."""
        held = self._held.get(section.section_number) or next(iter(self._held.values()), section)
        return section.current_next_indicator and not _same_issue(section, held)


def _same_issue(section: Section, other: Section) -> bool:
    """Tell whether two sections can belong to one issue of a sub-table."""
    return (
        section.version_number == other.version_number
        and section.last_section_number == other.last_section_number
        and (section.section_number != other.section_number or section.crc == other.crc)
    )


def _unsent_after(section: Section) -> int:
    """Return how many numbers after this section's stay unused: EIT segments of eight, EN 300 468 5.2.4."""
    if section.table_id not in EIT_TABLE_IDS or len(section.payload) < 5:
        return 0
    if section.section_number != section.payload[4]:  # segment_last_section_number
        return 0
    return min(section.section_number | 7, section.last_section_number) - section.section_number


class SubTables:
    """Machine: all sections of a PID in; each sub-table out, whole, once each time it changes.

    At most ``limit`` sub-tables are held; beyond it the one not seen for longest is forgotten.
    """

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._sub_tables: dict[tuple[int, int, bytes], SubTable] = {}

    def add(self, section: Section) -> tuple[Section, ...] | None:
        """Like :meth:`SubTable.add`; a short section (TDT, TOT) is whole in itself and always new."""
        if not section.section_syntax_indicator:
            return (section,)
        key = (section.table_id, section.table_id_extension, _identity(section))
        sub_table = self._sub_tables.pop(key, None) or SubTable()
        self._sub_tables[key] = sub_table
        if len(self._sub_tables) > self._limit:
            del self._sub_tables[next(iter(self._sub_tables))]
        return sub_table.add(section)

    def is_other_issue(self, section: Section) -> bool:
        """As :meth:`SubTable.is_other_issue`."""
        sub_table = self._sub_tables.get((section.table_id, section.table_id_extension, _identity(section)))
        return sub_table is not None and sub_table.is_other_issue(section)


def _identity(section: Section) -> bytes:
    """Return what beside table_id_extension tells sub-tables apart: EN 300 468 5.1.1."""
    if section.table_id in (0x42, 0x46):  # SDT: original_network_id
        return section.payload[:2]
    if section.table_id in EIT_TABLE_IDS:  # transport_stream_id, original_network_id
        return section.payload[:4]
    return b""


def check_sections(sections: Sequence[Section], table_ids: Collection[int], source: str) -> Section:
    """Return the first section; :class:`WireError` unless all are of one sub-table of these tables."""
    if not sections:
        raise WireError(source, 0, "one section or more", "none")
    first = sections[0]
    for section in sections:
        if section.table_id not in table_ids:
            raise WireError(source, 0, " or ".join(f"table_id {i:#04x}" for i in table_ids), f"{section.table_id:#04x}")
        if (section.table_id, section.table_id_extension) != (first.table_id, first.table_id_extension):
            raise WireError(source, 3, "sections of one sub-table", "a mixture")
    return first


def split_entries(entries: Iterable[bytes], room: int) -> list[bytes]:
    """Join ``entries`` in order to as few runs as hold at most ``room`` octets each, none cut; at least one run.

    Raises
    ------
    WireError    an entry is longer than ``room``
    """
    runs = [b""]
    for entry in entries:
        if len(entry) > room:
            raise WireError("section", 0, f"an entry of at most {room} octets", str(len(entry)))
        if len(runs[-1]) + len(entry) > room:
            runs.append(b"")
        runs[-1] += entry
    return runs


def number_sections(
    table_id: int,
    table_id_extension: int,
    version_number: int,
    payloads: Sequence[bytes],
    *,
    private_indicator: bool = False,
) -> tuple[Section, ...]:
    """Make the sections of a sub-table, numbered from 0; :class:`WireError` if there are more than 256."""
    if len(payloads) > 256:
        raise WireError("section", 6, "at most 256 sections", str(len(payloads)))
    return tuple(
        make_section(
            table_id,
            table_id_extension,
            payload,
            version_number=version_number,
            section_number=number,
            last_section_number=len(payloads) - 1,
            private_indicator=private_indicator,
        )
        for number, payload in enumerate(payloads)
    )
