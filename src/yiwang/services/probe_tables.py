"""What the tables of a transport stream say, as plain values for the probe's report; docs/probe.md describes them."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from yiwang.mpegts.ait import Ait, Application
from yiwang.mpegts.descriptor import Descriptor, find
from yiwang.mpegts.descriptors import BouquetNameDescriptor, LocalTimeOffsetDescriptor, NetworkNameDescriptor
from yiwang.mpegts.descriptors.catalogue import describe
from yiwang.mpegts.descriptors.service import ServiceDescriptor
from yiwang.mpegts.eit import EitEvent
from yiwang.mpegts.nit import Nit
from yiwang.mpegts.sdt import RUNNING_STATUS, Sdt
from yiwang.mpegts.service_information import Schedule, ServiceInformation, ServiceKey

Plain = dict[str, Any]


def tables_report(information: ServiceInformation) -> Plain:
    """Return everything that has come, in the order of its identifiers."""
    own = information.nit
    others = [information.other_nits[i] for i in sorted(information.other_nits)]
    sdts = [information.other_sdts[key] for key in sorted(information.other_sdts)]
    return {
        "networks": [_network(own, is_actual=True)] * (own is not None) + [_network(n) for n in others],
        "bouquets": [_bouquet(information.bats[i]) for i in sorted(information.bats)],
        "services": [s for table in ([information.sdt] if information.sdt else []) + sdts for s in _services(table)],
        "present_following": [
            {
                **_key(key),
                "version": both.version_number,
                "present": _event(both.present),
                "following": _event(both.following),
            }
            for key, both in sorted(information.present_following.items())
        ],
        "schedules": [_schedule(key, schedule) for key, schedule in sorted(information.schedules.items())],
        "utc": _iso(information.utc_s),
        "local_time_offsets": [asdict(offset) for offset in _offsets(information)],
        "applications": [
            _application(pid, table, application)
            for pid, tables in sorted(information.aits.items())
            for table in tables.values()
            for application in table.applications
        ],
        "stream_events": [
            {
                "pid": arrived.pid,
                "event_id": arrived.event.event_id,
                "event_npt": arrived.event.event_npt,
                "private_data": arrived.event.private_data.hex(),
                "version": arrived.version_number,
            }
            for arrived in information.stream_events
        ],
        "running_statuses": [asdict(status) for status in information.statuses],
        "cat": _descriptors(information.cat.descriptors) if information.cat else [],
        "sections": information.reader.sections_seen,
        "sections_repeated": information.reader.sections_repeated,
    }


def _key(key: ServiceKey) -> Plain:
    return asdict(key)


def _descriptors(descriptors: Iterable[Descriptor]) -> list[Plain]:
    return [describe(descriptor) for descriptor in descriptors]


def _network(network: Nit | None, *, is_actual: bool = False) -> Plain:
    if network is None:
        return {}
    name = find(network.descriptors, NetworkNameDescriptor)
    return {
        "network_id": network.network_id,
        "name": str(name.network_name) if name else "",
        "is_actual": is_actual,
        "version": network.version_number,
        "descriptors": _descriptors(network.descriptors),
        "transport_streams": _transport_streams(network),
    }


def _bouquet(bouquet: Nit) -> Plain:
    name = find(bouquet.descriptors, BouquetNameDescriptor)
    return {
        "bouquet_id": bouquet.network_id,
        "name": str(name.bouquet_name) if name else "",
        "version": bouquet.version_number,
        "descriptors": _descriptors(bouquet.descriptors),
        "transport_streams": _transport_streams(bouquet),
    }


def _transport_streams(table: Nit) -> list[Plain]:
    return [
        {
            "original_network_id": stream.original_network_id,
            "transport_stream_id": stream.transport_stream_id,
            "descriptors": _descriptors(stream.descriptors),
        }
        for stream in table.transport_streams
    ]


def _services(table: Sdt) -> Iterable[Plain]:
    for service in table.services:
        about = find(service.descriptors, ServiceDescriptor)
        yield {
            "original_network_id": table.original_network_id,
            "transport_stream_id": table.transport_stream_id,
            "service_id": service.service_id,
            "is_actual": table.actual,
            "version": table.version_number,
            "name": str(about.service_name).strip() if about else "",
            "provider": str(about.service_provider_name).strip() if about else "",
            "service_type": about.service_type if about else None,
            "running_status": RUNNING_STATUS[service.running_status],
            "free_ca_mode": service.free_ca_mode,
            "eit_present_following": service.eit_present_following_flag,
            "eit_schedule": service.eit_schedule_flag,
            "descriptors": _descriptors(service.descriptors),
        }


def _event(event: EitEvent | None) -> Plain | None:
    if event is None:
        return None
    from yiwang.services.on_air import event_on_air  # with all the descriptors of events

    plain = asdict(event_on_air(event))
    start_s = plain.pop("start_s")
    return {**plain, "start": _iso(start_s), "descriptors": _descriptors(event.descriptors)}


def _schedule(key: ServiceKey, schedule: Schedule) -> Plain:
    return {**_key(key), "is_complete": schedule.is_complete, "events": [_event(event) for event in schedule.events]}


def _application(pid: int, table: Ait, application: Application) -> Plain:
    return {
        "pid": pid,
        "application_type": table.application_type,
        "version": table.version_number,
        "organisation_id": application.organisation_id,
        "application_id": application.application_id,
        "control": application.control or str(application.application_control_code),
        "priority": application.priority,
        "names": [{"language": language, "name": name} for language, name in application.names],
        "urls": list(application.urls),
        "descriptors": [describe(d, of_ait=True) for d in (*table.common_descriptors, *application.descriptors)],
    }


def _offsets(information: ServiceInformation) -> Iterable[Any]:
    found = find(information.local_time, LocalTimeOffsetDescriptor)
    return found.offsets if found else ()


def _iso(utc_s: int | None) -> str | None:
    return None if utc_s is None else datetime.fromtimestamp(utc_s, UTC).isoformat().replace("+00:00", "Z")
