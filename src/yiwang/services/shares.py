"""Which worker has which channels: pieces that must stay together, the largest first, each to who has least. Pure."""

from collections.abc import Mapping, Sequence

from yiwang.net.source_url import SourceSpec
from yiwang.store.config_file import Service


def share_out(
    services: Sequence[Service], sources: Sequence[tuple[SourceSpec, ...]], weights: Mapping[str, int], n: int
) -> list[tuple[str, ...]]:
    """Share services out; the same config always gives the same shares.

    Parameters
    ----------
    services : Services
    sources : of each service, the best first
    weights : by id of those that stand for several channels; others count one
    n : int           workers

    Returns
    -------
    list of n tuples of service ids, in the order of ``services``
    """
    pieces: dict[object, list[str]] = {}
    for service, specs in zip(services, sources, strict=True):
        key = (
            specs[0] if len(specs) == 1 else service.id
        )  # a source that several have alone is read once for all of them
        pieces.setdefault(key, []).append(service.id)
    weighed = [(sum(weights.get(id_, 1) for id_ in piece), piece) for piece in pieces.values()]
    loads, shares = [0] * n, [set[str]() for _ in range(n)]
    for weight, piece in sorted(weighed, key=lambda one: -one[0]):
        least = loads.index(min(loads))
        loads[least] += weight
        shares[least].update(piece)
    return [tuple(service.id for service in services if service.id in share) for share in shares]
