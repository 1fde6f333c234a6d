"""Which listed services are one service of the network, and why (ADR 31)."""

from yiwang.network.matching.match import Group, Matched, match

__all__ = ["Group", "Matched", "match"]
