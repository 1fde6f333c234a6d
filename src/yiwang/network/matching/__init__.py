"""Which listed services are one service of the network, and why (ADR 31)."""

from yiwang.network.matching.match import Matched, match
from yiwang.network.matching.services import Group

__all__ = ["Group", "Matched", "match"]
