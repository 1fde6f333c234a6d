"""AAC frames in ADTS and LOAS, made field by field. Payloads are arbitrary octets: framing does not look into them."""

from yiwang.codecs.aac.audio_specific_config import SAMPLING_FREQUENCIES
from yiwang.codecs.aac.bit_writer import BitWriter


def adts(payload, *, frequency=48000, channels=2, profile=1, crc=False, blocks=1):
    """``payload``: a block's octets, or a list of them; with several, positions and error checks are written."""
    parts = payload if isinstance(payload, list) else [payload]
    if crc and len(parts) > 1:
        begins = [sum(len(part) + 2 for part in parts[:n]) for n in range(1, len(parts))]
        head = b"".join(begin.to_bytes(2, "big") for begin in begins) + b"\xcc\xcc"
        body = head + b"".join(part + b"\xcc\xcc" for part in parts)
    else:
        body = (b"\xcc\xcc" if crc else b"") + b"".join(parts)
    bits = BitWriter()
    bits.u(12, 0xFFF)
    bits.u(3, 0)
    bits.u(1, not crc)
    bits.u(2, profile)
    bits.u(4, SAMPLING_FREQUENCIES.index(frequency))
    bits.u(1, 0)
    bits.u(3, channels)
    bits.u(4, 0)
    bits.u(13, 7 + len(body))
    bits.u(11, 0x7FF)
    bits.u(2, max(blocks, len(parts)) - 1)
    return bits.to_bytes() + body


def write_octets(bits, octets):
    for octet in octets:
        bits.u(8, octet)


def latm_value(bits, value):
    n_octets = max(1, (value.bit_length() + 7) // 8)
    bits.u(2, n_octets - 1)
    bits.u(8 * n_octets, value)


def write_stream_mux_config(
    bits, asc_bits, *, version=0, sub_frames=1, fixed=None, other_data=None, crc=False, programs=1, layers=1, fill=0
):
    """``asc_bits``: AudioSpecificConfig as a string of '0' and '1'."""
    bits.u(1, version)
    if version:
        bits.u(1, 0)
        latm_value(bits, 255)
    bits.u(1, 1)
    bits.u(6, sub_frames - 1)
    bits.u(4, programs - 1)
    bits.u(3, layers - 1)
    if version:
        latm_value(bits, len(asc_bits) + fill)
    bits.u(len(asc_bits), int(asc_bits, 2))
    bits.u(fill, 0)
    if fixed is None:
        bits.u(3, 0)
        bits.u(8, 255)
    else:
        bits.u(3, 1)
        bits.u(9, fixed - 20)
    bits.u(1, other_data is not None)
    if other_data is not None:
        if version:
            latm_value(bits, other_data)
        else:
            bits.u(1, 1)
            bits.u(8, other_data >> 8)
            bits.u(1, 0)
            bits.u(8, other_data & 255)
    bits.u(1, crc)
    if crc:
        bits.u(8, 0xAB)


def loas(payloads, asc_bits=None, **config):
    """An AudioSyncStream frame; without ``asc_bits`` it says useSameStreamMux."""
    bits = BitWriter()
    bits.u(1, asc_bits is None)
    if asc_bits is not None:
        write_stream_mux_config(bits, asc_bits, sub_frames=len(payloads), **config)
    for payload in payloads:
        if config.get("fixed") is None:
            bits.u(8 * (len(payload) // 255), (1 << 8 * (len(payload) // 255)) - 1)
            bits.u(8, len(payload) % 255)
        write_octets(bits, payload)
    element = bits.to_bytes()
    head = BitWriter()
    head.u(11, 0x2B7)
    head.u(13, len(element))
    return head.to_bytes() + element
