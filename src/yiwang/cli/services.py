"""`yiwang services`: the services of a running node's network, and why the members of one are one."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
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


def run_decide(url: str, token_file: Path, decision: Json) -> None:
    """Keep a decision in the node; UsageError, WorkError."""
    with _client(url, token_file) as client:
        made = _change(client, "POST", "/api/decisions", json=decision)
    sys.stdout.write(_decision(made) + "\n")


def run_decisions(url: str, *, history: bool, as_json: bool) -> None:
    """Print the decisions in force, or all there ever were; UsageError, WorkError."""
    with _client(url) as client:
        decisions = _get(client, "/api/decisions", {"history": "true"} if history else {})
    if as_json:
        _print_json(decisions)
        return
    sys.stdout.writelines(_decision(one) + "\n" for one in decisions)


def run_withdraw(url: str, token_file: Path, decision_id: int, who: str) -> None:
    """Take a decision back; UsageError, WorkError."""
    with _client(url, token_file) as client:
        _change(client, "DELETE", f"/api/decisions/{decision_id}", params={"who": who})


def _change(client: httpx.Client, method: str, path: str, **what: Any) -> Any:
    try:
        answer = client.request(method, path, **what)
        if answer.status_code in (401, 404, 409, 422):
            raise UsageError(f"services: the node refuses: {_reason(answer)}")
        answer.raise_for_status()
        return answer.json() if answer.content else None
    except httpx.HTTPStatusError as error:
        raise WorkError(f"services: {client.base_url}: the node answered {error.response.status_code}") from None
    except (httpx.HTTPError, ValueError) as error:
        raise WorkError(f"services: {client.base_url}: {error or type(error).__name__}") from None


def _reason(answer: httpx.Response) -> str:
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)
    if isinstance(detail, list):  # FastAPI's own: where and what
        detail = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in detail)
    return str(detail)


def _decision(one: Json) -> str:
    what = f"number {one['number']}" if one["kind"] == "number" else one["kind"]
    gone = f"  withdrawn by {one['withdrawn_by']}, {one['withdrawn_at']}" if one["withdrawn_at"] else ""
    return f"{one['id']:>5}  {what:<12}  {' '.join(one['about'])}  by {one['who']}, {one['at']}{gone}"


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
    left_out = explained.get("left_out", ())
    if left_out:
        yield "of carried lists, but not used:"
    for one in left_out:
        yield f"  {one['url'] or service['id']}: {one['reason']}"
    if instead := explained.get("instead"):
        yield instead["reason"]
    yield from _restrictions(service.get("restrictions", ()))
    if service["variants"]:
        yield f"the same except at certain hours: {', '.join(service['variants'])}"


def _restrictions(rules: Iterable[Json]) -> Iterator[str]:
    """Say what of a service may be watched where."""
    for n, rule in enumerate(rules):
        if n == 0:
            yield "restrictions:"
        where = f"only in {', '.join(rule['only_in'])}" if rule["only_in"] else f"not in {', '.join(rule['not_in'])}"
        where = where if rule["only_in"] or rule["not_in"] else "for nobody"
        times = [f"from {rule['start']}"] * bool(rule["start"]) + [f"until {rule['end']}"] * bool(rule["end"])
        if rule["hours"]:
            times.append(f"{rule['hours']} on days {','.join(map(str, rule['days']))}")
        if rule["cue"]:
            times.append(f"while cues say so ({rule['cue']})")
        instead = f"; instead {rule['instead']}" if rule["instead"] else ""
        yield f"  {rule['id']}  {where}, {' '.join(times) or 'always'}: {rule['reason']['en']}{instead}"


def _client(url: str, token_file: Path | None = None) -> httpx.Client:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"--url: expected the address of a node, as http://localhost:8080, got {url!r}")
    headers = {}
    if token_file is not None:
        try:
            headers["Authorization"] = f"Bearer {token_file.read_text(encoding='ascii').strip()}"
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "no token"
            raise UsageError(
                f"--token-file: {token_file} cannot be read: {reason}; it is in the node's state_dir"
            ) from None
    return httpx.Client(base_url=url, timeout=TIMEOUT_S, follow_redirects=token_file is None, headers=headers)


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
