"""The Media Presentation Description (ISO/IEC 23009-1 5.3): records in, XML text out.

Children are in the order of the schema. Where every channel of yiwang has the same value (profiles, the 1970
availabilityStartTime), it is written here.
"""

from dataclasses import dataclass
from math import gcd

from yiwang.base.elementary import CodecConfig
from yiwang.dash.duration import xs_date_time, xs_duration
from yiwang.dash.event_stream import SpliceEvent, event_stream
from yiwang.dash.segment_timeline import SegmentTimeline
from yiwang.dash.xml import Element

NAMESPACE = "urn:mpeg:dash:schema:mpd:2011"
PROFILES = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"
AVAILABILITY_START_TIME = "1970-01-01T00:00:00Z"
ROLE_SCHEME = "urn:mpeg:dash:role:2011"
AUDIO_PURPOSE_SCHEME = "urn:tva:metadata:cs:AudioPurposeCS:2007"
AUDIO_PURPOSE = {"description": "1", "enhanced-audio-intelligibility": "2"}
"""By role: for the visually impaired, for the hard of hearing (ETSI TS 103 285 table 5)."""
CHANNEL_CONFIGURATION_SCHEME = "urn:mpeg:mpegB:cicp:ChannelConfiguration"
CEA_608_SCHEME = "urn:scte:dash:cc:cea-608:2015"
CEA_708_SCHEME = "urn:scte:dash:cc:cea-708:2015"
DOLBY_CHANNEL_CONFIGURATION_SCHEME = "tag:dolby.com,2014:dash:audio_channel_configuration:2011"
"""Its value is the chanmap in four hexadecimal digits (ETSI TS 103 285 6.3, ETSI TS 102 366 I.1)."""
JOC_SCHEMES = (
    "tag:dolby.com,2018:dash:EC3_ExtensionType:2018",
    "tag:dolby.com,2018:dash:EC3_ExtensionComplexityIndex:2018",
)
"""ETSI TS 103 420 D.2."""
COLOUR_SCHEMES = (
    "urn:mpeg:mpegB:cicp:ColourPrimaries",
    "urn:mpeg:mpegB:cicp:TransferCharacteristics",
    "urn:mpeg:mpegB:cicp:MatrixCoefficients",
)
"""Values of ISO/IEC 23091-2 (ETSI TS 103 285)."""
WIDE_GAMUTS = frozenset((9, 11, 12))  # BT.2020, DCI-P3, Display P3
HIGH_DYNAMIC_RANGES = frozenset((16, 18))  # PQ, HLG
UTC_HTTP_ISO = "urn:mpeg:dash:utc:http-iso:2014"


def _descriptor(name: str, scheme: str, value: str) -> Element:
    return Element(name, {"schemeIdUri": scheme, "value": value})


@dataclass(frozen=True, slots=True)
class LowLatency:
    """What makes a presentation a low-latency one (ETSI TS 103 285 10.20; DASH-IF IOP part 4).

    ``availability_time_offset_us``: how long before its end a segment can be requested; it is then sent as it is made.
    """

    availability_time_offset_us: int
    target_latency_ms: int
    max_latency_ms: int

    def service_description(self) -> Element:
        """ServiceDescription (annex K): the latency to keep, and how far the rate may change to keep it.

        There is no ProducerReferenceTime: presentation time is the wall clock of the media (availabilityStartTime is
        1970), so it would say nothing new, and Shaka Player 5.2 reads it without presentationTimeOffset.
        """
        latency = Element("Latency", {"target": self.target_latency_ms, "max": self.max_latency_ms})
        return Element(
            "ServiceDescription", {"id": 0}, (latency, Element("PlaybackRate", {"min": "0.96", "max": "1.04"}))
        )


@dataclass(frozen=True, slots=True)
class Representation:
    """An AdaptationSet with its only Representation: one track in one Period.

    ``adaptation_set_id`` and ``representation_id`` name the same track in every Period. ``presentation_time_offset``
    is in ``timescale``. ``segment_in_progress`` is (t, d) of a segment that can be requested but is not whole.
    """

    adaptation_set_id: int
    representation_id: str
    config: CodecConfig
    language: str | None  # BCP 47
    label: str | None
    role: str
    bandwidth: int
    timescale: int
    presentation_time_offset: int
    initialization: str
    timeline: SegmentTimeline
    segment_in_progress: tuple[int, int] | None = None
    captions: tuple[tuple[str, str], ...] = ()  # scheme and value of captions within the video

    def _segment_template(self, low_latency: LowLatency | None) -> Element:
        attributes: dict[str, str | int | bool | None] = {"timescale": self.timescale}
        if low_latency is not None:  # of text too, which is listed when whole: players hold to the least of all offsets
            whole, fraction = divmod(low_latency.availability_time_offset_us, 1_000_000)
            attributes["availabilityTimeOffset"] = f"{whole}.{fraction:06}".rstrip("0").rstrip(".")
            attributes["availabilityTimeComplete"] = False
        attributes |= {
            "presentationTimeOffset": self.presentation_time_offset,
            "startNumber": self.timeline.start_number,
            "initialization": self.initialization,
            "media": "$RepresentationID$/$Number$.m4s",
        }
        return Element("SegmentTemplate", attributes, (self.timeline.element(self.segment_in_progress),))

    def _representation(self) -> Element:
        config = self.config
        attributes: dict[str, str | int | bool | None] = {
            "id": self.representation_id,
            "bandwidth": self.bandwidth,
            "codecs": config.codec,
        }
        if config.kind == "video":
            attributes |= {"width": config.width, "height": config.height, "sar": "{}:{}".format(*config.sar)}
            if config.frames_per_second is not None:
                numerator, denominator = config.frames_per_second
                divisor = gcd(numerator, denominator) or 1
                numerator, denominator = numerator // divisor, denominator // divisor
                attributes["frameRate"] = str(numerator) if denominator == 1 else f"{numerator}/{denominator}"
            if config.scan in ("interlaced", "fields"):
                attributes["scanType"] = "interlaced"
        elif config.kind == "audio":
            attributes["audioSamplingRate"] = config.sampling_frequency
        return Element("Representation", attributes)

    def _channels(self) -> list[Element]:
        """AudioChannelConfiguration; none where the channels are none that a table has."""
        config = self.config
        if config.kind != "audio":
            return []
        if config.dolby_channel_map:
            scheme, value = DOLBY_CHANNEL_CONFIGURATION_SCHEME, f"{config.dolby_channel_map:04X}"
        else:
            # up to 5.1 the table's number is the count of channels
            number = config.channel_configuration or (config.channels if config.channels <= 6 else 0)
            scheme, value = CHANNEL_CONFIGURATION_SCHEME, str(number)
        return [_descriptor("AudioChannelConfiguration", scheme, value)] if value != "0" else []

    def _joc(self) -> list[Element]:
        """Joint object coding is a property of the stream that a decoder without it may disregard."""
        complexity = self.config.joc_complexity
        values = ("JOC", str(complexity)) if complexity else ()
        return [_descriptor("SupplementalProperty", s, v) for s, v in zip(JOC_SCHEMES, values, strict=False)]

    def _colour(self) -> list[Element]:
        """Colour beyond BT.709. What a player may disregard: there is no other Representation it could take instead."""
        if self.config.colour is None:
            return []
        primaries, transfer, matrix, _ = self.config.colour
        if primaries not in WIDE_GAMUTS and transfer not in HIGH_DYNAMIC_RANGES:
            return []
        values = zip(COLOUR_SCHEMES, (primaries, transfer, matrix), strict=True)
        return [_descriptor("SupplementalProperty", scheme, str(value)) for scheme, value in values]

    def element(self, low_latency: LowLatency | None) -> Element:
        """Return the AdaptationSet."""
        children = [*self._channels(), *self._joc(), *self._colour()]
        if self.label is not None:
            children.append(Element("Label", {}, text=self.label))
        children += (_descriptor("Accessibility", scheme, value) for scheme, value in self.captions)
        if self.role in AUDIO_PURPOSE:
            children.append(_descriptor("Accessibility", AUDIO_PURPOSE_SCHEME, AUDIO_PURPOSE[self.role]))
        children.append(_descriptor("Role", ROLE_SCHEME, self.role))
        children.append(self._segment_template(low_latency))
        children.append(self._representation())
        return Element(
            "AdaptationSet",
            {
                "id": self.adaptation_set_id,
                "contentType": self.config.kind,
                "lang": self.language,
                "mimeType": "application/mp4" if self.config.kind == "text" else f"{self.config.kind}/mp4",
                "segmentAlignment": True,
            },
            tuple(children),
        )


@dataclass(frozen=True, slots=True)
class Period:
    """Period (5.3.2). ``start_90k`` counts from availabilityStartTime, in a file from its begin.

    ``duration_90k`` is given where nothing is shown between its end and the next Period's begin.
    """

    id: str
    start_90k: int
    representations: tuple[Representation, ...]
    duration_90k: int | None = None
    events: tuple[SpliceEvent, ...] = ()


@dataclass(frozen=True, slots=True)
class Live:
    """What only a dynamic presentation has; 90 kHz ticks unless named otherwise."""

    publish_time_us: int
    minimum_update_period_90k: int
    time_shift_buffer_depth_90k: int
    suggested_presentation_delay_90k: int
    utc_timing_url: str
    low_latency: LowLatency | None = None

    def utc_timing(self) -> Element:
        """UTCTiming (5.8.4.11): the URL answers with an xs:dateTime."""
        return _descriptor("UTCTiming", UTC_HTTP_ISO, self.utc_timing_url)


@dataclass(frozen=True, slots=True)
class Mpd:
    """MPD (5.3.1): dynamic when ``live`` is given, static otherwise."""

    periods: tuple[Period, ...]
    max_segment_duration_90k: int
    min_buffer_time_90k: int
    live: Live | None = None
    media_presentation_duration_90k: int | None = None

    def _period(self, period: Period) -> Element:
        low_latency = self.live.low_latency if self.live is not None else None
        sets = (representation.element(low_latency) for representation in period.representations)
        duration = None if period.duration_90k is None else xs_duration(period.duration_90k)
        start = xs_duration(period.start_90k)
        events = (event_stream(period.events),) if period.events else ()
        return Element("Period", {"id": period.id, "start": start, "duration": duration}, (*events, *sets))

    def to_text(self) -> str:
        """Return the document."""
        attributes: dict[str, str | int | bool | None] = {
            "xmlns": NAMESPACE,
            "profiles": PROFILES,
            "type": "static" if self.live is None else "dynamic",
        }
        before: list[Element] = []
        after: list[Element] = []
        live = self.live
        if live is not None:
            attributes |= {
                "availabilityStartTime": AVAILABILITY_START_TIME,
                "publishTime": xs_date_time(live.publish_time_us),
                "minimumUpdatePeriod": xs_duration(live.minimum_update_period_90k),
                "timeShiftBufferDepth": xs_duration(live.time_shift_buffer_depth_90k),
                "suggestedPresentationDelay": xs_duration(live.suggested_presentation_delay_90k),
            }
            after.append(live.utc_timing())
            if live.low_latency is not None:
                before.append(live.low_latency.service_description())
        if self.media_presentation_duration_90k is not None:
            attributes["mediaPresentationDuration"] = xs_duration(self.media_presentation_duration_90k)
        attributes["minBufferTime"] = xs_duration(self.min_buffer_time_90k)
        attributes["maxSegmentDuration"] = xs_duration(self.max_segment_duration_90k)
        return Element(
            "MPD", attributes, (*before, *(self._period(period) for period in self.periods), *after)
        ).to_document()
