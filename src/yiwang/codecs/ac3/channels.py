"""Where the channels of AC-3 and E-AC-3 are heard: bits of chanmap (ETSI TS 102 366 E.1.3.1.8)."""

LEFT, CENTRE, RIGHT, LEFT_SURROUND, RIGHT_SURROUND = 0x8000, 0x4000, 0x2000, 0x1000, 0x0800
LC_RC, LRS_RRS, CENTRE_SURROUND, TOP_SURROUND = 0x0400, 0x0200, 0x0100, 0x0080
LSD_RSD, LW_RW, LVH_RVH, CENTRE_VERTICAL, LTS_RTS, LFE2, LFE = 0x0040, 0x0020, 0x0010, 0x0008, 0x0004, 0x0002, 0x0001
PAIRS = LC_RC | LRS_RRS | LSD_RSD | LW_RW | LVH_RVH | LTS_RTS

STEREO = LEFT | RIGHT
FRONT = STEREO | CENTRE
SURROUND = LEFT_SURROUND | RIGHT_SURROUND

BY_ACMOD = (
    STEREO,  # 1+1, two programmes of one channel
    CENTRE,
    STEREO,
    FRONT,
    STEREO | CENTRE_SURROUND,
    FRONT | CENTRE_SURROUND,
    STEREO | SURROUND,
    FRONT | SURROUND,
)
DUAL_MONO = 0

_CHANNEL_CONFIGURATION = {
    CENTRE: 1,
    STEREO: 2,
    FRONT: 3,
    FRONT | CENTRE_SURROUND: 4,
    FRONT | SURROUND: 5,
    FRONT | SURROUND | LFE: 6,
    FRONT | SURROUND | LC_RC | LFE: 7,
    STEREO | CENTRE_SURROUND: 9,
    STEREO | SURROUND: 10,
    FRONT | SURROUND | CENTRE_SURROUND | LFE: 11,
    FRONT | SURROUND | LRS_RRS | LFE: 12,
    FRONT | SURROUND | LVH_RVH | LFE: 14,
    FRONT | SURROUND | LVH_RVH | LTS_RTS | LFE: 16,
}
DUAL_MONO_CONFIGURATION = 8


def channel_map(acmod: int, lfeon: bool) -> int:
    """Return the chanmap of an audio coding mode."""
    return BY_ACMOD[acmod] | (LFE if lfeon else 0)


def channel_count(chanmap: int) -> int:
    """How many channels there are; most bits are one, some a pair."""
    return chanmap.bit_count() + (chanmap & PAIRS).bit_count()


def channel_configuration(chanmap: int) -> int:
    """Return ChannelConfiguration of ISO/IEC 23091-3; 0 where it has none for these channels."""
    return _CHANNEL_CONFIGURATION.get(chanmap, 0)


def chan_loc(chanmap: int) -> int:
    """Return what dependent substreams add, as EC3SpecificBox says it (ETSI TS 102 366 F.6.2.11)."""
    added = (LC_RC, LRS_RRS, CENTRE_SURROUND, TOP_SURROUND, LSD_RSD, LW_RW, LVH_RVH, CENTRE_VERTICAL, LFE2)
    return sum(1 << n for n, location in enumerate(added) if chanmap & location)
