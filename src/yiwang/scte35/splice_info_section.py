"""splice_info_section() (SCTE 35 9.6)."""

from dataclasses import dataclass, field

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.kernels.crc32_mpeg2 import crc32_mpeg2
from yiwang.scte35.bit_writer import BitWriter, take
from yiwang.scte35.command import SpliceCommand, SpliceNull, command_type, has_own_end, parse_command
from yiwang.scte35.descriptor import SpliceDescriptor, parse_descriptors, write_descriptors

TABLE_ID = 0xFC
MAX_SECTION = 4096
LENGTH_NOT_GIVEN = 0xFFF
"""splice_command_length of old encoders: the command itself tells where it ends."""
_SOURCE = "splice_info_section"


@dataclass(frozen=True, slots=True)
class SpliceInfoSection:
    """One section.

    ``encrypted``: what is from splice_command_type to E_CRC_32, where encrypted_packet is 1; there are no command and no
    descriptors to read then. ``stuffing`` is what follows the descriptors; ``command_rest`` what follows a command
    within its splice_command_length.
    """

    command: SpliceCommand = field(default_factory=SpliceNull)
    descriptors: tuple[SpliceDescriptor, ...] = ()
    pts_adjustment: int = 0
    tier: int = 0xFFF
    cw_index: int = 0
    protocol_version: int = 0
    sap_type: int = 3
    encryption_algorithm: int = 0
    encrypted: bytes | None = None
    encrypted_command_length: int = 0
    gives_command_length: bool = True
    command_rest: bytes = b""
    stuffing: bytes = b""

    def to_bytes(self) -> bytes:
        """Write the section with a new CRC_32, reserved bits at one but for those that a descriptor has kept.

        WireError when it is too long.
        """
        if self.encrypted is None:
            command = self.command.to_bytes() + self.command_rest
            loop = write_descriptors(self.descriptors)
            tail = BitWriter().u(8, command_type(self.command)).octets(command)
            tail.u(16, len(loop)).octets(loop).octets(self.stuffing)
            body, length = tail.to_bytes(), len(command) if self.gives_command_length else LENGTH_NOT_GIVEN
        else:
            body, length = self.encrypted, self.encrypted_command_length
        section_length = 10 + len(body) + 4
        if section_length > MAX_SECTION - 3:
            raise WireError(_SOURCE, 1, f"section_length of at most {MAX_SECTION - 3}", str(section_length))
        w = BitWriter().u(8, TABLE_ID).u(2, 0).u(2, self.sap_type).u(12, section_length)
        w.u(8, self.protocol_version).u(1, self.encrypted is not None).u(6, self.encryption_algorithm)
        w.u(33, self.pts_adjustment).u(8, self.cw_index).u(12, self.tier).u(12, length)
        octets = w.octets(body).to_bytes()
        return octets + crc32_mpeg2(octets).to_bytes(4, "big")


def parse_splice_info_section(octets: bytes) -> SpliceInfoSection:
    """Read one whole section.

    Raises
    ------
    WireError    the octets are not exactly one section, its CRC_32 is wrong, or a length in it is
    """
    if len(octets) > MAX_SECTION:
        raise WireError(_SOURCE, 1, f"at most {MAX_SECTION} octets", str(len(octets)))
    reader = BitReader(octets, _SOURCE)
    table_id = reader.u(8)
    if table_id != TABLE_ID:
        raise WireError(_SOURCE, 0, f"table_id {TABLE_ID:#04x}", f"{table_id:#04x}")
    if reader.u(2):
        raise WireError(_SOURCE, 1, "section_syntax_indicator and private_indicator 0", "1")
    sap_type, section_length = reader.u(2), reader.u(12)
    if section_length != len(octets) - 3:
        raise WireError(_SOURCE, 1, f"section_length {len(octets) - 3}", str(section_length))
    if crc32_mpeg2(octets):
        raise WireError(_SOURCE, max(0, len(octets) - 4), "a right CRC_32", octets[-4:].hex())
    protocol_version, is_encrypted, algorithm = reader.u(8), reader.flag(), reader.u(6)
    pts_adjustment, cw_index, tier, command_length = reader.u(33), reader.u(8), reader.u(12), reader.u(12)
    body = octets[13:-4]
    if is_encrypted:
        return SpliceInfoSection(
            pts_adjustment=pts_adjustment,
            tier=tier,
            cw_index=cw_index,
            protocol_version=protocol_version,
            sap_type=sap_type,
            encryption_algorithm=algorithm,
            encrypted=body,
            encrypted_command_length=command_length,
        )
    reader = BitReader(body, _SOURCE)
    kind = reader.u(8)
    if command_length == LENGTH_NOT_GIVEN:
        if not has_own_end(kind):
            raise WireError(_SOURCE, 11, f"splice_command_length of command {kind:#04x}", "0xfff")
        command, rest = parse_command(kind, reader), b""
    else:
        inner = BitReader(take(reader, command_length), "splice_command")
        command, rest = parse_command(kind, inner), take(inner, inner.remaining // 8)
    loop = take(reader, reader.u(16))
    return SpliceInfoSection(
        command,
        parse_descriptors(loop),
        pts_adjustment,
        tier,
        cw_index,
        protocol_version,
        sap_type,
        algorithm,
        gives_command_length=command_length != LENGTH_NOT_GIVEN,
        command_rest=rest,
        stuffing=take(reader, reader.remaining // 8),
    )
