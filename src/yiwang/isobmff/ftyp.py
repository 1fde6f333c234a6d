"""FileTypeBox (ISO/IEC 14496-12 4.3)."""

from dataclasses import dataclass

from yiwang.base.errors import WireError
from yiwang.isobmff.box import box


@dataclass(frozen=True, slots=True)
class FtypBox:
    """Brands are four-character codes."""

    major_brand: str
    minor_version: int
    compatible_brands: tuple[str, ...]

    def to_bytes(self) -> bytes:
        """Octets of the box."""
        brands = "".join(self.compatible_brands).encode("latin-1")
        return box("ftyp", self.major_brand.encode("latin-1"), self.minor_version.to_bytes(4, "big"), brands)


def parse_ftyp(payload: bytes) -> FtypBox:
    """Read the payload of a ``ftyp`` or ``styp`` box."""
    if len(payload) < 8 or len(payload) % 4:
        raise WireError("ftyp", 0, "8 octets and a whole number of brands", f"{len(payload)} octets")
    codes = [payload[i : i + 4].decode("latin-1") for i in range(0, len(payload), 4)]
    return FtypBox(codes[0], int.from_bytes(payload[4:8], "big"), tuple(codes[2:]))
