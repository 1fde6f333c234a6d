"""Private descriptors that operators send, with or without their private_data_specifier."""

from dataclasses import dataclass
from typing import ClassVar

from yiwang.mpegts.descriptors.layout import LaidOut, Layout, flag, loop, reserved, u


@dataclass(frozen=True, slots=True)
class NumberedService(LaidOut):
    """A service and its number."""

    LAYOUT: ClassVar[Layout] = (
        u("service_id", 16),
        flag("visible_service_flag"),
        reserved(5),
        u("logical_channel_number", 10),
    )

    service_id: int
    visible_service_flag: bool
    logical_channel_number: int


@dataclass(frozen=True, slots=True)
class HdSimulcastLogicalChannelDescriptor(LaidOut):
    """The number of a service that has an HD copy under its own number: EACEM, as `LogicalChannelDescriptor`."""

    TAG: ClassVar[int] = 0x88
    TAG_EXTENSION: ClassVar[int | None] = None
    LAYOUT: ClassVar[Layout] = (loop("channels", NumberedService),)

    channels: tuple[NumberedService, ...]
