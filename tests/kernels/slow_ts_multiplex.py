"""A slow, readable twin of the multiplexing kernels: bytes joined, one packet at a time."""

AS_IT_IS, NAL_UNITS, ADTS, OPUS = range(4)


def frame(sample: bytes, framing: int, prefix: bytes) -> bytes:
    """A sample as an access unit."""
    if framing == ADTS:
        if sample and sample[0] >> 5 == 5:  # it begins with a program_config_element itself
            prefix = prefix[:7]
        bits = int.from_bytes(prefix[:7], "big") | (len(prefix) + len(sample)) << 13
        return bits.to_bytes(7, "big") + prefix[7:] + sample
    if framing == OPUS:
        n, last = divmod(len(sample), 255)
        return prefix + b"\xff" * n + bytes([last]) + sample
    if framing == AS_IT_IS:
        return prefix + sample
    out = prefix
    while len(sample) >= 4:
        length = int.from_bytes(sample[:4], "big")
        if 4 + length > len(sample):
            break
        out += b"\0\0\0\1" + sample[4 : 4 + length]
        sample = sample[4 + length :]
    return out


def stamp(prefix: int, time: int) -> bytes:
    bits = f"{prefix:04b}{time >> 30 & 7:03b}1{time >> 15 & 0x7FFF:015b}1{time & 0x7FFF:015b}1"
    return int(bits, 2).to_bytes(5, "big")


def pes(stream_id: int, pts: int, dts: int | None, es: bytes, unbounded: bool) -> bytes:
    times = stamp(2, pts) if dts is None else stamp(3, pts) + stamp(1, dts)
    length = 3 + len(times) + len(es)
    if unbounded and length > 0xFFFF:
        length = 0
    flags = 0x80 if dts is None else 0xC0
    return bytes([0, 0, 1, stream_id, *length.to_bytes(2, "big"), 0x84, flags, len(times)]) + times + es


def packet(
    pid: int, counter: int, payload: bytes, *, start: bool, access: bool = False, pcr: int | None = None
) -> bytes:
    field = b""
    if access or pcr is not None:
        field = bytes([access << 6 | (pcr is not None) << 4])
    if pcr is not None:
        field += ((pcr % 2**33) << 15 | 0x3F << 9).to_bytes(6, "big")
    missing = 184 - len(payload) - (len(field) + 1 if field else 0)
    if missing and not field:
        field = b"\0" if missing > 1 else b""
        missing -= len(field) + 1
        has_field = True
    else:
        has_field = bool(field)
    field += b"\xff" * missing
    control = has_field << 5 | bool(payload) << 4
    head = bytes([0x47, start << 6 | pid >> 8, pid & 0xFF, control | counter % 16])
    return head + (bytes([len(field)]) + field if has_field else b"") + payload


class SlowMultiplexer:
    """Writes PES packets of some PIDs."""

    def __init__(self, lead: int, interval: int) -> None:
        self.lead, self.interval = lead, interval
        self.counters: dict[int, int] = {}
        self.out: list[bytes] = []

    def pes(self, pid: int, octets: bytes, time: int, lasts: int, access: bool, last: bool) -> None:
        n_pcr = -(-lasts // self.interval)
        pcrs = [(time - self.lead + lasts * k // n_pcr) for k in range(n_pcr)]
        at = sent = 0
        counter = self.counters.get(pid, 0)
        spread = 0
        if last:
            spread = -(-len(octets) // 176)
            while (counter + spread) % 16:
                spread += 1
        given = 0
        while at < len(octets):
            pcr = None
            if given < n_pcr and at * n_pcr >= given * len(octets):
                pcr, given = pcrs[given], given + 1
            first = at == 0
            room = 184 if pcr is None else 176
            if pcr is None and access and first:
                room = 182
            if spread > sent:
                left = len(octets) - at
                room = min(room, -(-left // (spread - sent)))
            payload = octets[at : at + room]
            self.out.append(packet(pid, counter, payload, start=first, access=access and first, pcr=pcr))
            at, sent, counter = at + len(payload), sent + 1, counter + 1
        for value in pcrs[given:]:
            self.out.append(packet(pid, counter - 1, b"", start=False, pcr=value))
        self.counters[pid] = counter
