"""program_config_element(): channels that no channel_configuration names (ISO/IEC 14496-3 4.4.1.1)."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.aac.bit_writer import BitWriter


@dataclass(frozen=True, slots=True)
class ProgramConfigElement:
    """The element, kept as bits: only its channel count is of interest here."""

    fields: int  # all bits before byte_alignment()
    n_bits: int
    comment: bytes
    channels: int

    def write(self, bits: BitWriter) -> None:
        """Append the element. byte_alignment() is relative to the writer's begin."""
        bits.u(self.n_bits, self.fields)
        bits.align()
        bits.u(8, len(self.comment))
        for octet in self.comment:
            bits.u(8, octet)


def parse_program_config_element(bits: BitReader, origin: int) -> ProgramConfigElement:
    """Read the element.

    Parameters
    ----------
    origin : int    bit position to which byte_alignment() is relative

    Raises
    ------
    WireError       it ends too early, or has no channel
    """
    begin = bits.position
    bits.skip(4 + 2 + 4)  # element_instance_tag, object_type, sampling_frequency_index
    n_front, n_side, n_back, n_lfe, n_assoc, n_cc = (bits.u(4), bits.u(4), bits.u(4), bits.u(2), bits.u(3), bits.u(4))
    for n in (4, 4, 3):  # mono and stereo mix-down element numbers, matrix mix-down index
        if bits.flag():
            bits.skip(n)
    channels = n_lfe
    for _ in range(n_front + n_side + n_back):
        channels += 1 + bits.flag()  # is_cpe
        bits.skip(4)
    if not channels:
        raise WireError(bits.source, bits.position // 8, "a programme with channels", "none")
    bits.skip(4 * n_lfe + 4 * n_assoc + 5 * n_cc)
    n_bits = bits.position - begin
    bits.position = begin
    fields = bits.u(n_bits)
    bits.skip((origin - bits.position) % 8)
    comment = bytes(bits.u(8) for _ in range(bits.u(8)))
    return ProgramConfigElement(fields, n_bits, comment, channels)
