"""What the tables say of a programme, for people: the events that are on and that come next, linked applications."""

from dataclasses import dataclass

from yiwang.mpegts.ait import HBBTV
from yiwang.mpegts.descriptor import find, find_all
from yiwang.mpegts.descriptors import ShortEventDescriptor
from yiwang.mpegts.descriptors.events import ContentDescriptor, ExtendedEventDescriptor, ParentalRatingDescriptor
from yiwang.mpegts.eit import EitEvent
from yiwang.mpegts.pmt import Pmt
from yiwang.mpegts.sdt import RUNNING_STATUS
from yiwang.mpegts.service_information import ServiceInformation

GENRES = {
    1: "film",
    2: "news",
    3: "show",
    4: "sports",
    5: "children",
    6: "music",
    7: "arts",
    8: "society",
    9: "education",
    10: "leisure",
    11: "special",
}
"""EN 300 468 table 29, content_nibble_level_1."""


@dataclass(frozen=True, slots=True)
class EventOnAir:
    """An event of a guide. Times are None where the EIT leaves them open."""

    event_id: int
    title: str
    text: str
    language: str
    start_s: int | None  # since 1970-01-01T00:00:00Z
    duration_s: int | None
    running_status: str
    genre: str
    age: int | None  # from which on it is meant for


@dataclass(frozen=True, slots=True)
class LinkedApplication:
    """An application of the AIT that has an address."""

    name: str
    url: str
    application_type: int
    control: str  # 'autostart', 'present' ...
    organisation_id: int
    application_id: int

    @property
    def kind(self) -> str:
        """In words."""
        return "HbbTV" if self.application_type == HBBTV else f"application type {self.application_type:#06x}"


def event_on_air(event: EitEvent) -> EventOnAir:
    """Read an event's descriptors; in its first language, if it has several."""
    short = find(event.descriptors, ShortEventDescriptor)
    language = short.language if short else ""
    parts = [e for e in find_all(event.descriptors, ExtendedEventDescriptor) if e.language == language or not short]
    parts.sort(key=lambda part: part.descriptor_number)
    longer = "".join(str(part.text) for part in parts)
    texts = [text for text in (str(short.text) if short else "", longer) if text.strip()]
    content = find(event.descriptors, ContentDescriptor)
    rating = find(event.descriptors, ParentalRatingDescriptor)
    ages = [r.rating + 3 for r in rating.ratings if 1 <= r.rating <= 0x0F] if rating else []
    return EventOnAir(
        event_id=event.event_id,
        title=str(short.event_name).strip() if short else "",
        text="\n".join(texts).strip(),
        language=language.strip(),
        start_s=event.start_time_s,
        duration_s=event.duration_s,
        running_status=RUNNING_STATUS[event.running_status],
        genre=GENRES.get(content.contents[0].content_nibble_level_1, "") if content and content.contents else "",
        age=max(ages, default=None),
    )


def now_next(information: ServiceInformation, service_id: int) -> tuple[EventOnAir | None, EventOnAir | None]:
    """Return what is on in a service of this transport stream, and what comes next."""
    both = information.now_next(service_id)
    if both is None:
        return None, None
    present = event_on_air(both.present) if both.present else None
    return present, event_on_air(both.following) if both.following else None


def linked_applications(information: ServiceInformation, pmt: Pmt | None) -> tuple[LinkedApplication, ...]:
    """Return a programme's applications that have an address; of equals the one that comes first."""
    found: dict[tuple[int, int, int, str], LinkedApplication] = {}
    for table, application in information.applications(pmt) if pmt is not None else ():
        for url in application.urls:
            if not _is_address(url):
                continue
            identity = table.application_type, application.organisation_id, application.application_id, url
            names = application.names
            found.setdefault(
                identity,
                LinkedApplication(
                    name=names[0][1].strip() if names else "",
                    url=url,
                    application_type=table.application_type,
                    control=application.control,
                    organisation_id=application.organisation_id,
                    application_id=application.application_id,
                ),
            )
    return tuple(found.values())


def _is_address(url: str) -> bool:
    """Tell whether a text from the air may be shown as a link."""
    return url.startswith(("http://", "https://")) and url.isprintable() and not any(c in url for c in ' "<>\\^`{|}')
