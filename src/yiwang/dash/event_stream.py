"""EventStream (ISO/IEC 23009-1 5.10.2) of SCTE 35 sections (ANSI/SCTE 214-1 6.8.4)."""

from base64 import b64encode
from dataclasses import dataclass

from yiwang.base.timebase import TICKS_90K
from yiwang.dash.xml import Element

SCHEME = "urn:scte:scte35:2014:xml+bin"
SIGNAL_NAMESPACE = "http://www.scte.org/schemas/35/2016"


@dataclass(frozen=True, slots=True)
class SpliceEvent:
    """Event: ``presentation_time_90k`` counts from the Period's start; ``duration_90k`` None: not known."""

    id: int
    presentation_time_90k: int
    duration_90k: int | None
    section: bytes

    def element(self) -> Element:
        """Return the Event."""
        binary = Element("Binary", {}, text=b64encode(self.section).decode())
        attributes: dict[str, str | int | bool | None] = {
            "presentationTime": self.presentation_time_90k,
            "duration": self.duration_90k,
            "id": self.id,
        }
        return Element("Event", attributes, (Element("Signal", {"xmlns": SIGNAL_NAMESPACE}, (binary,)),))


def event_stream(events: tuple[SpliceEvent, ...]) -> Element:
    """Return the EventStream of a Period."""
    return Element(
        "EventStream", {"schemeIdUri": SCHEME, "timescale": TICKS_90K}, tuple(event.element() for event in events)
    )
