"""segmentation_upid() (SCTE 35 10.3.3.1): what a segment is called; its types and the MID, a list of UPIDs."""

from dataclasses import dataclass
from enum import IntEnum

from yiwang.base.errors import WireError


class UpidType(IntEnum):
    """segmentation_upid_type, table 22."""

    NOT_USED = 0x00
    USER_DEFINED = 0x01
    ISCI = 0x02
    AD_ID = 0x03
    UMID = 0x04
    ISAN_DEPRECATED = 0x05
    ISAN = 0x06
    TID = 0x07
    TI = 0x08
    ADI = 0x09
    EIDR = 0x0A
    ATSC_CONTENT_IDENTIFIER = 0x0B
    MPU = 0x0C
    MID = 0x0D
    ADS_INFORMATION = 0x0E
    URI = 0x0F
    UUID = 0x10
    SCR = 0x11


_TEXT = frozenset(
    {UpidType.ISCI, UpidType.AD_ID, UpidType.TID, UpidType.ADI, UpidType.ADS_INFORMATION, UpidType.URI, UpidType.SCR}
)


@dataclass(frozen=True, slots=True)
class SegmentationUpid:
    """``upid_type`` may be one that is not in the table; ``upid`` is kept as it came."""

    upid_type: int
    upid: bytes

    @property
    def text(self) -> str:
        """The UPID for people: text where its type is text, hexadecimal digits otherwise."""
        return self.upid.decode("latin-1") if self.upid_type in _TEXT else self.upid.hex()

    def to_bytes(self) -> bytes:
        """Write type, length and UPID."""
        if len(self.upid) > 255:
            raise WireError("segmentation_upid", 1, "a length of at most 255", str(len(self.upid)))
        return bytes((self.upid_type, len(self.upid))) + self.upid


def parse_mid(upid: bytes) -> tuple[SegmentationUpid, ...]:
    """Read a MID, the UPID that is a list of UPIDs; WireError when one is cut off."""
    upids, at = [], 0
    while at < len(upid):
        end = at + 2 + (upid[at + 1] if at + 1 < len(upid) else 255)
        if end > len(upid):
            raise WireError("MID", at, "a whole segmentation_upid", f"{len(upid) - at} octets")
        upids.append(SegmentationUpid(upid[at], upid[at + 2 : end]))
        at = end
    return tuple(upids)
