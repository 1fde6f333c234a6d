"""Which listed services are one service of the network, and why (ADR 31)."""

from yiwang.network.matching.match import Matched, Matcher, match
from yiwang.network.matching.services import Group

__all__ = ["Group", "Matched", "Matcher", "match"]
