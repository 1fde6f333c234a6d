"""Transport streams as multiplexers make them that stamp some pictures only (ISO/IEC 13818-1 2.7.4, 2.7.5)."""

from tests.packaging import television as tv


def _video_pes(packet: bytes) -> int:
    """Offset of a video PES packet's header, 0 where none begins."""
    at = 5 + packet[4] if packet[3] & 0x20 else 4
    return at if packet[1] & 0x40 and packet[at : at + 3] == b"\0\0\1" and packet[at + 3] & 0xF0 == 0xE0 else 0


def with_stamps_at(octets: bytes, is_stamped) -> bytes:
    """The stream whose video PES packets have no PTS and DTS but where ``is_stamped(number, has_dts)``."""
    out, number = [], 0
    for packet in tv.packets(octets):
        at = _video_pes(packet)
        if at:
            if not is_stamped(number, packet[at + 7] >> 6 == 3):
                p, length = bytearray(packet), packet[at + 8]
                p[at + 7] &= 0x3F
                p[at + 9 : at + 9 + length] = b"\xff" * length
                packet = bytes(p)
            number += 1
        out.append(packet)
    return b"".join(out)


def with_pictures_together(octets: bytes, n: int) -> bytes:
    """The stream with ``n`` pictures in a video PES packet: where others began, adaptation field stuffing is."""
    out, number = [], 0
    for packet in tv.packets(octets):
        at = _video_pes(packet)
        if at:
            if number % n:
                end = at + 9 + packet[at + 8]
                field = packet[5:at] if packet[3] & 0x20 and packet[4] else b"\0"
                field += b"\xff" * (end - 5 - len(field))
                packet = bytes([0x47, packet[1] & 0xBF, packet[2], packet[3] | 0x20, len(field)]) + field + packet[end:]
            else:
                assert packet[at + 4 : at + 6] == b"\0\0"  # PES_packet_length: until the next one
            number += 1
        assert len(packet) == 188
        out.append(packet)
    return b"".join(out)
