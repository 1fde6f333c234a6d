"""How nodes that read from each other find out that a stream has come round to where it began.

Whoever serves a stream says by which nodes it has come, itself last, in the header ``Via`` (RFC 9110 7.6.3); a node that
finds its own mark there has found a loop.
"""

import os
import secrets

from yiwang.net.source import SourceError

VARIABLE = "YIWANG_NODE_MARK"
"""In the environment of a process that is part of a node: the mark of the process that is the node."""
NODE_MARK = os.environ.get(VARIABLE) or "yiwang-" + secrets.token_hex(8)
"""Another one at each start."""
MOST_NODES = 32


def nodes_of(via: str) -> tuple[str, ...]:
    """Return the pseudonyms of a header's value, in order; versions and comments are left out."""
    words = (part.split() for part in via.split(","))
    return tuple(word[1] for word in words if len(word) > 1)[-MOST_NODES:]


def via_header(nodes: tuple[str, ...]) -> str:
    """Return the header's value of a stream that has come by ``nodes`` to this one."""
    return ", ".join(f"1.1 {node}" for node in (*nodes, NODE_MARK))


def check_no_loop(url: str, via: str) -> tuple[str, ...]:
    """Return the nodes by which a stream comes. Raises :class:`SourceError` when this one is among them."""
    nodes = nodes_of(via)
    if NODE_MARK in nodes:
        raise SourceError(f"{url}: a loop: it comes from this node itself")
    return nodes
