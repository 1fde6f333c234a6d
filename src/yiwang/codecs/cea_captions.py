"""Which caption services a picture carries (CEA-608 and 708 in cc_data of ATSC A/53 part 4, 6.2.3).

The octets are the same in H.264 and HEVC (SEI user_data_registered_itu_t_t35) and in MPEG-2 video (user_data); they pass on
with the picture untouched, here they are only looked at.
"""

SIGNATURE = b"GA94\x03"  # user_identifier, user_data_type_code of cc_data
SEARCHED_OCTETS = 4096
"""User data come before a picture's slices."""

PROCESS_CC_DATA, CC_VALID = 0x40, 0x04
NTSC_FIELD_1, NTSC_FIELD_2, DTVCC_DATA, DTVCC_START = range(4)
"""cc_type."""
MISCELLANEOUS_CONTROL = (0x14, 0x15, 0x1C, 0x1D)
CAPTION_MODES = (0x20, 0x25, 0x26, 0x27, 0x29)
"""Resume caption loading, roll-up of two to four rows, resume direct captioning: CEA-608 table 51."""
EXTENDED_SERVICE = 7

NONE: frozenset[str] = frozenset()


def caption_services(picture: bytes, user_data_end: int = SEARCHED_OCTETS) -> frozenset[str]:
    """Return the services that a coded picture has data of: 'CC1' to 'CC4', 'SERVICE1' to 'SERVICE6'.

    Parameters
    ----------
    user_data_end : int    user data are in the first so many octets, if there are any

    Notes
    -----
    CC1 is told from field 1 having octet pairs at all, be they null: who carries it seldom says when captions begin. The
    others are told when they are used: by the command that sets a caption mode, by the first service block of a packet.
    """
    at = picture.find(SIGNATURE, 0, min(user_data_end, SEARCHED_OCTETS))
    if at < 0:
        return NONE
    at += len(SIGNATURE)
    if at + 2 > len(picture) or not picture[at] & PROCESS_CC_DATA:
        return NONE
    found = set()
    for n in range(picture[at] & 0x1F):
        triplet = picture[at + 2 + 3 * n : at + 5 + 3 * n]
        if len(triplet) < 3 or triplet[0] & 0xF8 != 0xF8:
            break
        if triplet[0] & CC_VALID:
            service = _service(triplet[0] & 3, triplet[1], triplet[2])
            if service:
                found.add(service)
    return frozenset(found)


def _service(cc_type: int, first: int, second: int) -> str | None:
    if cc_type in (NTSC_FIELD_1, NTSC_FIELD_2):
        command, operand = first & 0x7F, second & 0x7F  # without parity
        if command in MISCELLANEOUS_CONTROL and operand in CAPTION_MODES:
            return f"CC{1 + 2 * cc_type + (command >> 3 & 1)}"
        return "CC1" if cc_type == NTSC_FIELD_1 else None
    if cc_type == DTVCC_START and 0 < second >> 5 < EXTENDED_SERVICE and second & 0x1F:
        return f"SERVICE{second >> 5}"
    return None
