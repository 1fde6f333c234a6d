"""Transport packets from access units: framing as elementary streams, PES packets, adaptation fields, PCR, tables."""

import numpy as np
from numpy.typing import NDArray

from yiwang.kernels.compiled import kernel

PACKET, PAYLOAD = 188, 184
PCR_OCTETS = 8  # adaptation field length, flags, PCR
SURE_ROOM = PAYLOAD - PCR_OCTETS
"""Octets of payload that every packet has room for, whatever is in its adaptation field."""
COUNTERS = 16

AS_IT_IS, NAL_UNITS, ADTS, OPUS = range(4)
"""How samples become access units of an elementary stream: not at all | start codes for lengths | ADTS headers | Opus's
control headers."""
LENGTH_SIZE = 4
ADTS_OCTETS = 7
ID_PCE = 5

SAMPLE_BEGIN, SAMPLE_SIZE, SAMPLE_SYNC = range(3)
UNIT_STREAM, UNIT_TIME, UNIT_PTS, UNIT_DTS, UNIT_BEGIN, UNIT_END, UNIT_LASTS, UNIT_FLAGS = range(8)
"""Index of the stream | when it is sent, 90 kHz | PTS | DTS or -1 | its octets, begin and end | 90 kHz to the next PES packet
of the PID, if that carries PCRs, else 0 | bits below."""
UNIT_COLUMNS = 8
RANDOM_ACCESS, LAST_OF_PID, UNBOUNDED = 1, 2, 4
"""Has random_access_indicator | the PID's last of the segment | PES_packet_length may be 0, where it is too long."""
PES_WITH_PTS, PES_WITH_DTS = 14, 19  # octets of a PES header


@kernel
def frame_samples(
    octets: NDArray[np.uint8],
    samples: NDArray[np.int64],
    framing: int,
    prefix: NDArray[np.uint8],
    sync_prefix: NDArray[np.uint8],
    out: NDArray[np.uint8],
    ends: NDArray[np.int64],
) -> int:
    """Write samples as access units of an elementary stream, one after the other.

    Parameters
    ----------
    samples : ndarray of shape (N, 3), int64    begin in ``octets``, size, whether it is a sync sample
    framing : int                               AS_IT_IS, NAL_UNITS with lengths of 4 octets, ADTS, OPUS
    prefix : ndarray of uint8                   goes before each sample; with ADTS its header, whose length is written here,
                                                and a program_config_element where a sample does not begin with one;
                                                with OPUS the control header up to au_size, which is written here
    sync_prefix : ndarray of uint8              takes its place before a sync sample
    out : ndarray of uint8                      with room for ``octets`` and a prefix for each sample, with OPUS
                                                for au_size as well: an octet more than each 255 of a sample
    ends : ndarray of shape (N,), int64         where each access unit ends in ``out``

    Returns
    -------
    n : int                                     octets written

    Notes
    -----
    Source: ISO/IEC 14496-15 4.3.3, ISO/IEC 14496-10 Annex B, ISO/IEC 14496-3 1.A.2, ETSI TS Opus (draft 0.1.3) 5. A length
    that leads out of its sample ends the access unit.
    """
    n = 0
    for i in range(samples.shape[0]):
        begin = samples[i, SAMPLE_BEGIN]
        size = samples[i, SAMPLE_SIZE]
        before = sync_prefix if samples[i, SAMPLE_SYNC] else prefix
        if framing == ADTS and size and octets[begin] >> 5 == ID_PCE:
            before = before[:ADTS_OCTETS]
        start = n
        for k in range(before.size):
            out[n + k] = before[k]
        n += before.size
        if framing == OPUS:
            for _ in range(size // 0xFF):
                out[n] = 0xFF
                n += 1
            out[n] = size % 0xFF
            n += 1
        source, target = octets[begin : begin + size], out[n : n + size]
        for k in range(size):
            target[k] = source[k]
        if framing == NAL_UNITS:
            at = 0
            while at + LENGTH_SIZE <= size:
                length = np.int64(0)
                for k in range(LENGTH_SIZE):
                    length = length << 8 | np.int64(source[at + k])
                if length > size - at - LENGTH_SIZE:
                    break
                target[at] = target[at + 1] = target[at + 2] = 0
                target[at + 3] = 1
                at += LENGTH_SIZE + length
            size = at
        elif framing == ADTS:
            length = before.size + size
            out[start + 3] = np.int64(out[start + 3]) & 0xFC | length >> 11 & 3
            out[start + 4] = length >> 3 & 0xFF
            out[start + 5] = (length & 7) << 5 | np.int64(out[start + 5]) & 0x1F
        n += size
        ends[i] = n
    return n


@kernel
def _write_time_stamp(header: NDArray[np.uint8], at: int, prefix: int, time_90k: int) -> None:
    """Write PTS or DTS (ISO/IEC 13818-1 2.4.3.6)."""
    header[at] = prefix << 4 | (time_90k >> 30 & 7) << 1 | 1
    header[at + 1] = time_90k >> 22 & 0xFF
    header[at + 2] = (time_90k >> 15 & 0x7F) << 1 | 1
    header[at + 3] = time_90k >> 7 & 0xFF
    header[at + 4] = (time_90k & 0x7F) << 1 | 1


@kernel
def _write_head(
    out: NDArray[np.uint8], at: int, pid: int, start: int, counter: int, field: int, payload: int, access: int, pcr: int
) -> None:
    """Write a packet's header and an adaptation field of ``field`` octets, its length included (2.4.3.2, 2.4.3.4)."""
    out[at] = 0x47
    out[at + 1] = start << 6 | pid >> 8
    out[at + 2] = pid & 0xFF
    out[at + 3] = (0x20 if field else 0) | (0x10 if payload else 0) | counter & 15
    if not field:
        return
    out[at + 4] = field - 1
    if field == 1:
        return
    out[at + 5] = (0x40 if access else 0) | (0x10 if pcr >= 0 else 0)
    written = 2
    if pcr >= 0:
        out[at + 6] = pcr >> 25 & 0xFF
        out[at + 7] = pcr >> 17 & 0xFF
        out[at + 8] = pcr >> 9 & 0xFF
        out[at + 9] = pcr >> 1 & 0xFF
        out[at + 10] = (pcr & 1) << 7 | 0x7E
        out[at + 11] = 0
        written = PCR_OCTETS
    for k in range(written, field):
        out[at + 4 + k] = 0xFF


@kernel
def write_packets(
    es: NDArray[np.uint8],
    units: NDArray[np.int64],
    streams: NDArray[np.int64],
    tables: NDArray[np.uint8],
    table_pids: NDArray[np.int64],
    table_counters: NDArray[np.int64],
    table_times: NDArray[np.int64],
    pcr_lead_90k: int,
    pcr_interval_90k: int,
    out: NDArray[np.uint8],
) -> int:
    """Write a segment's transport packets; the continuity counters of elementary streams begin at 0 and end at 15.

    Parameters
    ----------
    es : ndarray of uint8                        octets of all access units
    units : ndarray of shape (U, 8), int64       PES packets in the order of sending, columns UNIT_*
    streams : ndarray of shape (S, 2), int64     PID and stream_id
    tables : ndarray of shape (T, 188), uint8    packets of PAT and PMT
    table_pids, table_counters : ndarray of shape (T,) and (2,), int64
        each packet's PID; the first counters, of the first packet's PID and of all others, which follow each other
    table_times : ndarray of shape (C,), int64   when each copy of the tables is sent, rising; the first before all else
    pcr_lead_90k : int                           how far a PCR is before the time of what it comes with
    pcr_interval_90k : int                       longest time between PCRs
    out : ndarray of uint8                       with room, see `most_packets`

    Returns
    -------
    n : int                                      octets written

    Notes
    -----
    Source: ISO/IEC 13818-1 2.4.3. A PID's last PES packet is spread over so many packets that the counter ends at 15: so
    segments follow each other without a break, and each is a function of its samples alone.
    """
    n = 0
    copies = 0
    counters = np.zeros(streams.shape[0], np.int64)
    pat_counter, other_counter = table_counters[0], table_counters[1]
    header = np.zeros(PES_WITH_DTS, np.uint8)
    header[2] = 1
    header[6] = 0x84  # data_alignment_indicator
    for u in range(units.shape[0] + 1):
        while copies < table_times.size and (u == units.shape[0] or table_times[copies] <= units[u, UNIT_TIME]):
            for t in range(table_pids.size):
                for k in range(PACKET):
                    out[n + k] = tables[t, k]
                if t == 0:
                    out[n + 3] = 0x10 | pat_counter & 15
                    pat_counter += 1
                else:
                    out[n + 3] = 0x10 | other_counter & 15
                    other_counter += 1
                n += PACKET
            copies += 1
        if u == units.shape[0]:
            break
        stream = units[u, UNIT_STREAM]
        pid = streams[stream, 0]
        flags = units[u, UNIT_FLAGS]
        header_size = PES_WITH_PTS if units[u, UNIT_DTS] < 0 else PES_WITH_DTS
        begin = units[u, UNIT_BEGIN]
        total = header_size + units[u, UNIT_END] - begin
        length = total - 6
        if length > 0xFFFF and flags & UNBOUNDED:
            length = 0
        header[3] = streams[stream, 1]
        header[4] = length >> 8 & 0xFF
        header[5] = length & 0xFF
        header[7] = 0x80 if units[u, UNIT_DTS] < 0 else 0xC0
        header[8] = header_size - 9
        _write_time_stamp(header, 9, 2 if units[u, UNIT_DTS] < 0 else 3, units[u, UNIT_PTS])
        if units[u, UNIT_DTS] >= 0:
            _write_time_stamp(header, 14, 1, units[u, UNIT_DTS])

        lasts = units[u, UNIT_LASTS]
        n_pcr = -(-lasts // pcr_interval_90k)
        spread = 0
        if flags & LAST_OF_PID:
            spread = -(-total // SURE_ROOM)
            spread += -(counters[stream] + spread) % COUNTERS
        written = pcrs = packets = 0
        while written < total:
            pcr = -1
            if pcrs < n_pcr and written * n_pcr >= pcrs * total:
                pcr = (units[u, UNIT_TIME] - pcr_lead_90k + lasts * pcrs // n_pcr) & 0x1FFFFFFFF
                pcrs += 1
            access = 1 if written == 0 and flags & RANDOM_ACCESS else 0
            field = PCR_OCTETS if pcr >= 0 else 2 * access
            size = min(PAYLOAD - field, total - written)
            if spread > packets:
                size = min(size, -(-(total - written) // (spread - packets)))
            _write_head(out, n, pid, written == 0, counters[stream], PAYLOAD - size, size, access, pcr)
            at = n + PACKET - size
            if written < header_size:
                head = min(size, header_size - written)
                for k in range(head):
                    out[at + k] = header[written + k]
                at += head
                size -= head
                written += head
            first = begin + written - header_size
            source, target = es[first : first + size], out[at : at + size]
            for k in range(size):
                target[k] = source[k]
            written += size
            counters[stream] += 1
            packets += 1
            n += PACKET
        while pcrs < n_pcr:
            pcr = (units[u, UNIT_TIME] - pcr_lead_90k + lasts * pcrs // n_pcr) & 0x1FFFFFFFF
            _write_head(out, n, pid, 0, counters[stream] - 1, PAYLOAD, 0, 0, pcr)
            pcrs += 1
            n += PACKET
    return n


def most_packets(units: NDArray[np.int64], n_streams: int, n_tables: int, pcr_interval_90k: int) -> int:
    """Return a number of packets that `write_packets` does not exceed."""
    payloads = -(-(units[:, UNIT_END] - units[:, UNIT_BEGIN] + PES_WITH_DTS) // SURE_ROOM)
    pcrs = -(-units[:, UNIT_LASTS] // pcr_interval_90k)
    return int(payloads.sum() + pcrs.sum()) + COUNTERS * n_streams + n_tables
