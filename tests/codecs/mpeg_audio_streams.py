"""Frames of MPEG audio, made field by field; what follows the header is arbitrary octets."""

BIT_RATES = {  # kbit/s by bit_rate_index 1 and up: ISO/IEC 11172-3 2.4.2.3, ISO/IEC 13818-3 2.4.2.3
    (1, 1): "32 64 96 128 160 192 224 256 288 320 352 384 416 448",
    (1, 2): "32 48 56 64 80 96 112 128 160 192 224 256 320 384",
    (1, 3): "32 40 48 56 64 80 96 112 128 160 192 224 256 320",
    (0, 1): "32 48 56 64 80 96 112 128 144 160 176 192 224 256",
    (0, 2): "8 16 24 32 40 48 56 64 80 96 112 128 144 160",
    (0, 3): "8 16 24 32 40 48 56 64 80 96 112 128 144 160",
}
FREQUENCIES = {44100: (1, 0), 48000: (1, 1), 32000: (1, 2), 22050: (0, 0), 24000: (0, 1), 16000: (0, 2)}


def mpa(fill=0x11, *, layer=2, frequency=48000, bit_rate=64, padding=0, mode=0, protection_bit=1):
    identifier, index = FREQUENCIES[frequency]
    rate = BIT_RATES[identifier, layer].split().index(str(bit_rate)) + 1
    header = 0xFFF << 20 | identifier << 19 | (4 - layer) << 17 | protection_bit << 16
    header |= rate << 12 | index << 10 | padding << 9 | mode << 6
    if layer == 1:
        octets = (12 * bit_rate * 1000 // frequency + padding) * 4
    else:
        octets = (72 if layer == 3 and not identifier else 144) * bit_rate * 1000 // frequency + padding
    return header.to_bytes(4, "big").ljust(octets, bytes([fill]))
