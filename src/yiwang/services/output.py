"""The original as multicast: a channel's source packets, whole and unchanged, out to a group."""

from collections.abc import Callable

from yiwang.base.events import Fault
from yiwang.mpegts.packet import PacketSync
from yiwang.net import wall_clock
from yiwang.net.multicast_sender import MulticastSender
from yiwang.net.output_url import OutputSpec
from yiwang.net.source import SourceError

RETRY_MS = 5_000


def output_fault(spec: OutputSpec) -> str:
    """Return why nothing can be sent there from here, now; empty: it can. Nothing is sent."""
    try:
        _sender(spec).close()
    except SourceError as error:
        return str(error)
    return ""


def _sender(spec: OutputSpec) -> MulticastSender:
    return MulticastSender(spec.address, spec.port, interface=spec.interface, hops=spec.hops)


class Output:
    """Sends what `feed` gets; an interface that is away, or comes back, is tried again.

    Parameters
    ----------
    spec : OutputSpec
    note : callable    told of faults
    """

    def __init__(self, spec: OutputSpec, note: Callable[[Fault], None]) -> None:
        self.spec = spec
        self._note = note
        self._sync = PacketSync()  # datagrams carry whole packets of 188 octets, whatever the source has
        self._sender: MulticastSender | None = None
        self._retry_ms = 0
        self.datagrams_sent = 0

    def feed(self, octets: bytes) -> None:
        """Send the next octets of the source; never raises."""
        packets = self._sync.feed(octets)
        self._sync.drain_faults()  # the packager counts them
        sender = self._sender or self._open()
        if sender is None or not packets.size:
            return
        before = sender.datagrams_sent
        try:
            sender.send(packets.reshape(-1).data)
        except SourceError as error:
            self._fail(error)
            return
        self.datagrams_sent += sender.datagrams_sent - before
        for fault in sender.drain_faults():
            self._note(fault)

    def _open(self) -> MulticastSender | None:
        now_ms = wall_clock.monotonic_ms()
        if now_ms < self._retry_ms:
            return None
        try:
            self._sender = _sender(self.spec)
        except SourceError as error:
            self._fail(error)
        return self._sender

    def _fail(self, error: SourceError) -> None:
        self.close()
        self._retry_ms = wall_clock.monotonic_ms() + RETRY_MS
        self._note(Fault("output_error", detail=f"{self.spec.url}: {error}"))

    def close(self) -> None:
        """Close the socket."""
        if self._sender is not None:
            self._sender.close()
            self._sender = None
