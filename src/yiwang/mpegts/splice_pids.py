"""Which PIDs carry splice_info_sections: SCTE 35 8, and what multiplexers make of it."""

from collections.abc import Iterable

from yiwang.mpegts.descriptor import find
from yiwang.mpegts.descriptors.registration import RegistrationDescriptor
from yiwang.mpegts.pmt import Pmt, PmtStream

STREAM_TYPE = 0x86
PRIVATE_SECTIONS = 0x05
CUE_IDENTIFIER_TAG = 0x8A
FORMAT_IDENTIFIER = b"CUEI"
MAX_SPLICE_PIDS = 64


def carries_splices(stream: PmtStream, pmt: Pmt) -> bool:
    """Tell whether a component is splice information.

    stream_type 0x86 is, unless another registration than CUEI says what else it is (Blu-ray has DTS there). Private
    sections and user private types are where CUEI or a cue_identifier_descriptor is in their own descriptor loop.
    """
    own = find(stream.es_info, RegistrationDescriptor)
    is_cue = own is not None and own.format_identifier == FORMAT_IDENTIFIER
    is_cue = is_cue or any(descriptor.tag == CUE_IDENTIFIER_TAG for descriptor in stream.es_info)
    if stream.stream_type == STREAM_TYPE:
        programme = find(pmt.program_info, RegistrationDescriptor)
        said = own or programme
        return is_cue or said is None or said.format_identifier == FORMAT_IDENTIFIER
    return is_cue and (stream.stream_type == PRIVATE_SECTIONS or stream.stream_type >= 0x80)


def splice_pids(pmts: Iterable[Pmt]) -> set[int]:
    """PIDs of all splice information, at most MAX_SPLICE_PIDS of them."""
    pids = [s.elementary_pid for pmt in pmts for s in pmt.streams if carries_splices(s, pmt)]
    return set(pids[:MAX_SPLICE_PIDS])
