"""Frames of AC-3 and E-AC-3, made field by field. What follows bsi() is arbitrary: framing does not look into it."""

from yiwang.codecs.aac.bit_writer import BitWriter

BLOCKS = (1, 2, 3, 6)


def ac3(fill=0x11, *, fscod=0, frmsizecod=8, bsid=8, bsmod=0, acmod=2, lfeon=0):
    rates = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
    words = rates[frmsizecod >> 1] * 96000 // (48000, 44100, 32000)[fscod] + (frmsizecod & 1 if fscod == 1 else 0)
    bits = BitWriter()
    bits.u(16, 0x0B77)
    bits.u(16, 0xCCCC)
    bits.u(2, fscod)
    bits.u(6, frmsizecod)
    bits.u(5, bsid)
    bits.u(3, bsmod)
    bits.u(3, acmod)
    if acmod & 1 and acmod != 1:
        bits.u(2, 1)
    if acmod & 4:
        bits.u(2, 2)
    if acmod == 2:
        bits.u(2, 3)
    bits.u(1, lfeon)
    return bits.to_bytes().ljust(2 * words, bytes([fill]))


def eac3(  # noqa: C901, PLR0912 - a syntax table has as many branches
    octets=128,
    fill=0x11,
    *,
    strmtyp=0,
    substreamid=0,
    fscod=0,
    numblkscod=3,
    acmod=2,
    lfeon=0,
    bsid=16,
    chanmap=None,
    bsmod=None,
    mixing=None,
    convsync=0,
    addbsi=b"",
):
    """``mixing``: mixdef, to write all the optional fields of the mixing metadata; ``bsmod``: to write infomdate's."""
    bits = BitWriter()
    bits.u(16, 0x0B77)
    bits.u(2, strmtyp)
    bits.u(3, substreamid)
    bits.u(11, octets // 2 - 1)
    bits.u(2, fscod)
    bits.u(2, numblkscod)
    bits.u(3, acmod)
    bits.u(1, lfeon)
    bits.u(5, bsid)
    blocks = 6 if fscod == 3 else BLOCKS[numblkscod]
    for _ in range(1 + (acmod == 0)):
        bits.u(5, 27)
        bits.u(1, 1)
        bits.u(8, 0x5A)
    if strmtyp == 1:
        bits.u(1, chanmap is not None)
        if chanmap is not None:
            bits.u(16, chanmap)
    bits.u(1, mixing is not None)
    if mixing is not None:
        _mixing_metadata(bits, mixing, strmtyp, acmod, lfeon, blocks)
    bits.u(1, bsmod is not None)
    if bsmod is not None:
        bits.u(3, bsmod)
        bits.u(2, 3)
        if acmod == 2:
            bits.u(4, 5)
        if acmod >= 6:
            bits.u(2, 1)
        for _ in range(1 + (acmod == 0)):
            bits.u(1, 1)
            bits.u(8, 0xFF)
        if fscod < 3:
            bits.u(1, 1)
    if strmtyp == 0 and blocks != 6:
        bits.u(1, convsync)
    if strmtyp == 2:
        if blocks != 6:
            bits.u(1, 1)
        bits.u(6, 33)
    bits.u(1, bool(addbsi))
    if addbsi:
        bits.u(6, len(addbsi) - 1)
        for octet in addbsi:
            bits.u(8, octet)
    head = bits.to_bytes()
    assert len(head) <= octets
    return head.ljust(octets, bytes([fill]))


def _mixing_metadata(bits, mixdef, strmtyp, acmod, lfeon, blocks):  # noqa: C901, PLR0912
    if acmod > 2:
        bits.u(2, 1)
    if acmod in (3, 5, 7):
        bits.u(6, 0o52)
    if acmod in (4, 5, 6, 7):
        bits.u(6, 0o25)
    if lfeon:
        bits.u(1, 1)
        bits.u(5, 9)
    if strmtyp:
        return
    for _ in range(2 + (acmod == 0)):
        bits.u(1, 1)
        bits.u(6, 0o77)
    bits.u(2, mixdef)
    if mixdef == 1:
        bits.u(5, 31)
    elif mixdef == 2:
        bits.u(12, 0xFFF)
    elif mixdef == 3:
        bits.u(5, 3)
        bits.u(40, (1 << 40) - 1)
    if acmod < 2:
        for _ in range(1 + (acmod == 0)):
            bits.u(1, 1)
            bits.u(14, 0x2AAA)
    bits.u(1, 1)
    if blocks == 1:
        bits.u(5, 21)
    else:
        for block in range(blocks):
            bits.u(1, block % 2)
            if block % 2:
                bits.u(5, 21)
