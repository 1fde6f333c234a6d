"""What the search is told of services and their events."""

from collections.abc import Iterator

from yiwang.network.guide.event import Event
from yiwang.network.guide.schedule import Schedule
from yiwang.network.model import NetworkService
from yiwang.store.search.records import Event as Texts
from yiwang.store.search.records import ServiceEvents, ServiceNames


def names_of(service: NetworkService) -> ServiceNames:
    """Return all names of a service, and its regions."""
    names = dict.fromkeys(
        text.value for member in service.members for text in member.service.service_names if text.value
    )
    everywhere = any(member.national or not member.region for member in service.members)
    regions = frozenset() if everywhere else frozenset(member.region for member in service.members)
    return ServiceNames(service_id=service.id, names=tuple(names) or (service.id,), regions=regions)


def texts_of(service_id: str, schedule: Schedule) -> ServiceEvents:
    """Return what can be searched of a schedule."""
    return ServiceEvents(service_id, _texts(schedule))


def _texts(schedule: Schedule) -> Iterator[Texts]:
    for event in schedule:
        if event.titles:
            yield Texts(
                event.start_s,
                event.stop_s,
                event.titles[0].value,
                _other_titles(event),
                tuple(credit.name for credit in event.credits),
                event.synopses[0].value if event.synopses else "",
                _genre(event),
            )


def _other_titles(event: Event) -> str:
    """Return its titles in other languages and all sub-titles, a line each."""
    titles = [text.value.replace("\n", " ") for text in (*event.sub_titles, *event.titles[1:])]
    return "\n".join(title for title in dict.fromkeys(titles) if title and title != event.titles[0].value)


def _genre(event: Event) -> str:
    """Return the first term of a classification scheme: 3.1.1."""
    return event.genres[0].href.rpartition(":")[2] if event.genres else ""
