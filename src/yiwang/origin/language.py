"""Languages and names of tracks, as playlists and manifests state them."""

from collections.abc import Iterable

from yiwang.base.language import bcp_47
from yiwang.packaging.events import TrackHeader

__all__ = ["bcp_47", "labels"]


def labels(headers: Iterable[TrackHeader]) -> dict[str, str]:
    """A short name for each track, unique among them: its language, with the role when that is not the main one."""
    found: dict[str, str] = {}
    for header in headers:
        label = bcp_47(header.language) or header.name
        if header.role != "main":
            label += f" ({header.role})"
        if label in found.values():
            label += f" {header.name}"
        found[header.name] = label
    return found
