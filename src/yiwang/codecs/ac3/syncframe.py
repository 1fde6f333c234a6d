"""syncframe() of AC-3 (ETSI TS 102 366 4.3) and of E-AC-3 (E.1.2): as much of it as a track's header needs.

The two begin alike and are told apart by bsid, whatever the PMT says.
"""

from dataclasses import dataclass, field

from yiwang.base.errors import WireError
from yiwang.base.octets import BitReader
from yiwang.codecs.ac3.channels import channel_map

SYNCWORD = 0x0B77
HEADER_OCTETS = 6
"""Up to bsid in both."""
MAX_BSI_OCTETS = 192
"""More than the longest bsi(): 64 octets of addbsi, 33 of mixdata, and what stands before them."""
MAX_BSID_AC3, MIN_BSID_E_AC3, MAX_BSID_E_AC3 = 8, 11, 16
SAMPLING_FREQUENCIES = (48000, 44100, 32000)
"""Hz, by fscod; by fscod2 half of it."""
BIT_RATES = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640)
"""kbit/s, by frmsizecod >> 1 (table 4.13)."""
BLOCK_SAMPLES = 256
BLOCKS = (1, 2, 3, 6)
"""By numblkscod."""
WHOLE = 6
"""Blocks of an access unit, and of each frame of AC-3."""
INDEPENDENT, DEPENDENT, CONVERTED = range(3)
"""strmtyp; CONVERTED is independent too (table E.1.1)."""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What is in the same place in every frame."""

    is_enhanced: bool
    strmtyp: int
    substreamid: int
    blocks: int
    octets: int  # of the frame
    fscod: int
    sampling_frequency: int  # Hz


def parse_frame_header(octets: bytes | bytearray, at: int = 0) -> FrameHeader | None:
    """Read the first HEADER_OCTETS octets of a frame; None when there is none at ``at``."""
    if len(octets) < at + HEADER_OCTETS or octets[at] != SYNCWORD >> 8 or octets[at + 1] != SYNCWORD & 0xFF:
        return None
    bsid = octets[at + 5] >> 3
    fscod = octets[at + 4] >> 6
    if bsid <= MAX_BSID_AC3:
        frmsizecod = octets[at + 4] & 0x3F
        if fscod == 3 or frmsizecod >> 1 >= len(BIT_RATES):
            return None
        frequency = SAMPLING_FREQUENCIES[fscod]
        words = BIT_RATES[frmsizecod >> 1] * 1000 * WHOLE * BLOCK_SAMPLES // 16 // frequency
        if fscod == 1:
            words += frmsizecod & 1
        return FrameHeader(False, INDEPENDENT, 0, WHOLE, 2 * words, fscod, frequency)
    if not MIN_BSID_E_AC3 <= bsid <= MAX_BSID_E_AC3:
        return None
    strmtyp, substreamid = octets[at + 2] >> 6, octets[at + 2] >> 3 & 7
    n_octets = 2 * (((octets[at + 2] & 7) << 8 | octets[at + 3]) + 1)
    code = octets[at + 4] >> 4 & 3
    if strmtyp > CONVERTED or n_octets <= HEADER_OCTETS or (fscod == 3 and code == 3):
        return None
    if fscod == 3:
        return FrameHeader(True, strmtyp, substreamid, WHOLE, n_octets, fscod, SAMPLING_FREQUENCIES[code] // 2)
    return FrameHeader(True, strmtyp, substreamid, BLOCKS[code], n_octets, fscod, SAMPLING_FREQUENCIES[fscod])


@dataclass(frozen=True, slots=True)
class Substream:
    """What bsi() says that a track's header repeats."""

    header: FrameHeader
    bsid: int
    bsmod: int
    acmod: int
    lfeon: bool
    bit_rate_code: int = 0  # of AC-3
    convsync: bool = False  # the first of the frames that make six blocks
    chanmap: int | None = None  # of a dependent substream
    joc_complexity: int = 0
    dialnorm: int = field(default=0, compare=False)  # dialogue is so many decibels below the loudest; 0 is read as 31

    @property
    def channels(self) -> int:
        """Its channels as bits of chanmap."""
        return channel_map(self.acmod, self.lfeon) if self.chanmap is None else self.chanmap


def parse_syncframe(frame: bytes) -> Substream:
    """Read a frame's header and bsi().

    Raises
    ------
    WireError    it is no frame, or ends within bsi()
    """
    header = parse_frame_header(frame)
    if header is None:
        raise WireError("syncframe", 0, "a frame of AC-3 or E-AC-3", frame[:HEADER_OCTETS].hex())
    bits = BitReader(frame[:MAX_BSI_OCTETS], "bsi")
    return _enhanced(bits, header) if header.is_enhanced else _plain(bits, header)


def _plain(bits: BitReader, header: FrameHeader) -> Substream:
    """bsi() of AC-3, up to lfeon (4.3.2)."""
    bits.skip(16 + 16 + 2)  # syncword, crc1, fscod
    bit_rate_code = bits.u(6) >> 1
    bsid, bsmod, acmod = bits.u(5), bits.u(3), bits.u(3)
    if acmod & 1 and acmod != 1:
        bits.skip(2)  # cmixlev
    if acmod & 4:
        bits.skip(2)  # surmixlev
    if acmod == 2:
        bits.skip(2)  # dsurmod
    return Substream(header, bsid, bsmod, acmod, bits.flag(), bit_rate_code, dialnorm=bits.u(5))


def _enhanced(bits: BitReader, header: FrameHeader) -> Substream:
    """bsi() of E-AC-3 (E.1.2.2)."""
    bits.skip(16 + 2 + 3 + 11 + 2 + 2)  # syncword, strmtyp, substreamid, frmsiz, fscod, numblkscod
    acmod, lfeon, bsid = bits.u(3), bits.flag(), bits.u(5)
    programmes = 2 if acmod == 0 else 1
    dialnorms = []
    for _ in range(programmes):
        dialnorms.append(bits.u(5))
        if bits.flag():
            bits.skip(8)  # compr
    chanmap = None
    if header.strmtyp == DEPENDENT and bits.flag():
        chanmap = bits.u(16)
    if bits.flag():  # mixmdate
        _skip_mixing_metadata(bits, header, acmod, lfeon)
    bsmod = 0
    if bits.flag():  # infomdate
        bsmod = bits.u(3)
        bits.skip(2)  # copyrightb, origbs
        if acmod == 2:
            bits.skip(4)  # dsurmod, dheadphonmod
        if acmod >= 6:
            bits.skip(2)  # dsurexmod
        for _ in range(programmes):
            if bits.flag():
                bits.skip(5 + 2 + 1)  # mixlevel, roomtyp, adconvtyp
        if header.fscod < 3:
            bits.skip(1)  # sourcefscod
    convsync = bits.flag() if header.strmtyp == INDEPENDENT and header.blocks != WHOLE else header.blocks == WHOLE
    if header.strmtyp == CONVERTED and (header.blocks == WHOLE or bits.flag()):  # blkid
        bits.skip(6)  # frmsizecod
    return Substream(header, bsid, bsmod, acmod, lfeon, 0, convsync, chanmap, _joc_complexity(bits), dialnorms[0])


def _skip_mixing_metadata(bits: BitReader, header: FrameHeader, acmod: int, lfeon: bool) -> None:
    has_surround, has_centre = bool(acmod & 4), bool(acmod & 1) and acmod > 2
    # dmixmod; ltrtcmixlev, lorocmixlev; ltrtsurmixlev, lorosurmixlev
    bits.skip(2 * (acmod > 2) + 6 * has_centre + 6 * has_surround)
    if lfeon:
        _skip_if_present(bits, 5)  # lfemixlevcod
    if header.strmtyp != INDEPENDENT:
        return
    for _ in range(3 if acmod == 0 else 2):
        _skip_if_present(bits, 6)  # pgmscl, pgmscl2, extpgmscl
    mixdef = bits.u(2)
    bits.skip(8 * (bits.u(5) + 2) if mixdef == 3 else (0, 5, 12)[mixdef])
    if acmod < 2:
        for _ in range(2 if acmod == 0 else 1):
            _skip_if_present(bits, 8 + 6)  # panmean, paninfo
    if bits.flag():  # frmmixcfginfoe
        if header.blocks == 1:
            bits.skip(5)
        else:
            for _ in range(header.blocks):
                _skip_if_present(bits, 5)  # blkmixcfginfo


def _skip_if_present(bits: BitReader, n: int) -> None:
    if bits.flag():
        bits.skip(n)


def _joc_complexity(bits: BitReader) -> int:
    """complexity_index_type_a in addbsi (ETSI TS 103 420 8.3), 0 where there is none."""
    if not bits.flag():  # addbsie
        return 0
    n_octets = bits.u(6) + 1
    if n_octets < 2:
        return 0
    bits.skip(7)
    return bits.u(8) if bits.flag() else 0  # flag_ec3_extension_type_a
