"""`yiwang probe` for people: what the tables of service information say."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

LONGEST_LIST = 24
UNKNOWN_FREQUENCY = 0xFFFFFFFF
_MODULATIONS = {1: "16-QAM", 2: "32-QAM", 3: "64-QAM", 4: "128-QAM", 5: "256-QAM"}
_POLARIZATIONS = "HVLR"


def program_lines(tables: dict[str, Any], service_id: int) -> Iterable[str]:
    """Yield what is on in a programme of this transport stream, and what comes next."""
    own = {(s["original_network_id"], s["transport_stream_id"]) for s in tables["services"] if s["is_actual"]}
    for row in tables["present_following"]:
        here = (row["original_network_id"], row["transport_stream_id"])
        if row["service_id"] != service_id or (own and here not in own):
            continue
        for word in ("present", "following"):
            event = row[word]
            if event is not None:
                yield escape(f"  {'now ' if word == 'present' else 'next'} {_when(event)} {event['title']}")


def show_tables(tables: dict[str, Any], console: Console) -> None:
    """Print the tables in 80 columns; nothing where there are none."""
    for network in tables["networks"]:
        console.print()
        word = "network" if network["is_actual"] else "other network"
        console.print(f"[bold]{word} {network['network_id']}[/] [cyan]{escape(network['name'])}[/]", soft_wrap=True)
        console.print(_transport_streams(network["transport_streams"]))
    for bouquet in tables["bouquets"]:
        console.print()
        console.print(f"[bold]bouquet {bouquet['bouquet_id']}[/] [cyan]{escape(bouquet['name'])}[/]", soft_wrap=True)
    others = [s for s in tables["services"] if not s["is_actual"]]
    if others:
        console.print()
        console.print(f"[bold]services of other transport streams[/] ({len(others)})")
        for service in others[:LONGEST_LIST]:
            triplet = f"{service['original_network_id']}.{service['transport_stream_id']}.{service['service_id']}"
            console.print(escape(f"  {triplet:<18} {service['name']}"), soft_wrap=True)
    if tables["applications"]:
        console.print()
        console.print("[bold]applications[/]")
    for application in tables["applications"]:
        names = ", ".join(name["name"] for name in application["names"])
        where = " ".join(application["urls"]) or "in a carousel"
        kind = "HbbTV" if application["application_type"] == 16 else f"type {application['application_type']:#x}"
        line = f"  PID {application['pid']}: {kind} {application['control']} {names} {where}"
        console.print(escape(line), soft_wrap=True)
    for event in tables["stream_events"]:
        console.print(
            escape(f"  PID {event['pid']}: stream event {event['event_id']} {event['private_data']}"), soft_wrap=True
        )
    lines = list(_about_events(tables))
    if lines:
        console.print()
    for line in lines:
        console.print(line, soft_wrap=True)


def _about_events(tables: dict[str, Any]) -> Iterable[str]:
    if tables["utc"]:
        offsets = ", ".join(f"{o['country_code']} {o['offset_minutes']:+d} min" for o in tables["local_time_offsets"])
        yield f"[bold]time[/] {tables['utc']}" + (f" (local: {escape(offsets)})" if offsets else "")
    schedules = tables["schedules"]
    if tables["present_following"] or schedules:
        events, complete = sum(len(s["events"]) for s in schedules), sum(s["is_complete"] for s in schedules)
        yield (
            f"[bold]guide[/] present and following of {len(tables['present_following'])} services; schedule of "
            f"{len(schedules)}, {complete} of them complete: {events} events"
        )
    if tables["sections"]:
        yield f"[bold]sections[/] {tables['sections']}, {tables['sections_repeated']} of them repeated"


def _transport_streams(streams: list[dict[str, Any]]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for header in ("stream", "delivery", "services (numbers)"):
        table.add_column(header, overflow="fold")
    for stream in streams[:LONGEST_LIST]:
        of = {d["name"]: d for d in reversed(stream["descriptors"]) if "octets" not in d}
        where = next((text for name, descriptor in of.items() if (text := _delivery(name, descriptor))), "")
        numbered = of.get("logical_channel_descriptor", {}).get("channels", ())
        listed = [str(pair[0]) for pair in of.get("service_list_descriptor", {}).get("services", ())]
        services = [f"{c['service_id']} ({c['logical_channel_number']})" for c in numbered] or listed
        name = f"{stream['original_network_id']}.{stream['transport_stream_id']}"
        table.add_row(name, where, " ".join(services))
    return table


def _delivery(name: str, of: dict[str, Any]) -> str:
    """Say where a transport stream is, in the units an engineer tunes by."""
    if name == "cable_delivery_system_descriptor" and of["frequency"] is not None:
        modulation = _MODULATIONS.get(of["modulation"], "")
        return f"C {of['frequency'] / 10_000:g} MHz {modulation} {(of['symbol_rate'] or 0) / 10:g} kBd"
    if name == "satellite_delivery_system_descriptor" and of["frequency"] is not None:
        side = "E" if of["west_east_flag"] else "W"
        system = "S2" if of["modulation_system"] else "S"
        return (
            f"{system} {(of['orbital_position'] or 0) / 10:g}°{side} {of['frequency'] / 100:g} MHz "
            f"{_POLARIZATIONS[of['polarization']]} {(of['symbol_rate'] or 0) / 10:g} kBd"
        )
    if name == "terrestrial_delivery_system_descriptor":
        known = of["centre_frequency"] != UNKNOWN_FREQUENCY
        return f"T {of['centre_frequency'] / 100_000:g} MHz" if known else "T"
    if name == "t2_delivery_system_descriptor":
        return f"T2 PLP {of['plp_id']}"
    if name == "c2_delivery_system_descriptor":
        return f"C2 PLP {of['plp_id']} {of['c2_system_tuning_frequency'] / 1e6:g} MHz"
    return ""


def _when(event: dict[str, Any]) -> str:
    start = event["start"]
    length = "" if event["duration_s"] is None else f"{event['duration_s'] // 60} min"
    return f"{start[:16].replace('T', ' ') if start else '?'}Z {length}".strip()
