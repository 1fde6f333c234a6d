"""HandlerBox (ISO/IEC 14496-12 8.4.3)."""

from dataclasses import dataclass

from yiwang.isobmff.box import fields, full_box, version_flags


@dataclass(frozen=True, slots=True)
class HdlrBox:
    """``handler_type`` is ``vide``, ``soun`` or ``subt``; ``name`` is for people who inspect the file."""

    handler_type: str
    name: str

    def to_bytes(self) -> bytes:
        """Octets of the box."""
        return full_box(
            "hdlr", 0, 0, bytes(4), self.handler_type.encode("latin-1"), bytes(12), self.name.encode("utf-8"), b"\0"
        )


def parse_hdlr(payload: bytes) -> HdlrBox:
    """Read the payload of a ``hdlr`` box."""
    version_flags("hdlr", payload)
    (handler_type,) = fields("hdlr", "I", payload, 8)
    name = payload[24:].split(b"\0", 1)[0].decode("utf-8", "replace")
    return HdlrBox(handler_type.to_bytes(4, "big").decode("latin-1"), name)
