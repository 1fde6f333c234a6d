"""`yiwang services`: the services of a running node's network, and why the members of one are one."""

import json
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import httpx

from yiwang.base.errors import UsageError, WorkError

PAGE = 500
"""Services asked for at once; the API gives no more."""
TIMEOUT_S = 30.0
Json = dict[str, Any]


def run_list(url: str, region: str, *, as_json: bool) -> None:
    """Print the services of a region, or of all, by number; UsageError, WorkError."""
    with _client(url) as client:
        services = list(_services(client, region))
    if as_json:
        _print_json(services)
        return
    for service in services:
        sources = ", ".join(dict.fromkeys(member["source"] for member in service["members"]))
        sys.stdout.write(f"{_number(service)}  {service['id']:<24}  {_name(service)}  ({sources})\n")


def run_explain(url: str, service_id: str, region: str, *, as_json: bool) -> None:
    """Print a service, its members in their order, and all evidence for and against; UsageError, WorkError."""
    with _client(url) as client:
        explained = _get(client, f"/api/services/{quote(service_id, safe='')}", {"region": region})
    if as_json:
        _print_json(explained)
        return
    sys.stdout.writelines(line.rstrip() + "\n" for line in _explanation(explained))


def _explanation(explained: Json) -> Iterator[str]:
    service = explained["service"]
    yield f"{_number(service).strip()}  {service['id']}  {_name(service)}"
    yield "members, the first to be tried first:"
    for member in service["members"]:
        number = "-" if member["number"] is None else member["number"]
        yield f"  {member['id']}  {_name(member)}  region {member['region'] or '-'}  number {number}  {member['quality']}"
        yield from (f"    {address}" for address in member["urls"])
    for followed, head in ((True, "one because of:"), (False, "against, or not followed:")):
        found = [one for one in explained["evidence"] if one["followed"] is followed]
        if found:
            yield head
        for one in found:
            yield f"  {one['score']:+7.2f}  {one['kind']:<10}  {one['one']} = {one['other']}: {one['detail']}"
    if service["variants"]:
        yield f"the same except at certain hours: {', '.join(service['variants'])}"


def _client(url: str) -> httpx.Client:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"--url: expected the address of a node, as http://localhost:8080, got {url!r}")
    return httpx.Client(base_url=url, timeout=TIMEOUT_S, follow_redirects=True)


def _get(client: httpx.Client, path: str, query: dict[str, str | int]) -> Any:
    try:
        answer = client.get(path, params={name: value for name, value in query.items() if value != ""})
        if answer.status_code == 404 and path != "/api/services":
            raise UsageError(f"services: the node has no service of this id: {unquote(path.rpartition('/')[2])}")
        answer.raise_for_status()
        return answer.json()
    except httpx.HTTPStatusError as error:
        raise WorkError(f"services: {client.base_url}: the node answered {error.response.status_code}") from None
    except (httpx.HTTPError, ValueError) as error:
        raise WorkError(f"services: {client.base_url}: {error or type(error).__name__}") from None


def _services(client: httpx.Client, region: str) -> Iterator[Json]:
    """Yield all services, page by page."""
    offset = 0
    while True:
        page = _get(client, "/api/services", {"region": region, "offset": offset, "limit": PAGE})
        yield from page["services"]
        offset += len(page["services"])
        if not page["services"] or offset >= page["total"]:
            return


def _number(service: Json) -> str:
    number = service["number"]
    return f"{'-' if number is None else number:>5}"


def _name(listed: Json) -> str:
    return str(listed["names"][0]["value"]) if listed["names"] else "-"


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")
