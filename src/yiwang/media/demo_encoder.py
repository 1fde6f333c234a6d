"""One channel of the demo: pictures and sound encoded, and multiplexed into a transport stream that loops without a joint."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.stream import AudioStream
from av.packet import Packet
from av.video.stream import VideoStream

from yiwang.base.timebase import TICKS_90K
from yiwang.media.demo_channels import (
    FRAMES_PER_SECOND,
    GOP_FRAMES,
    LOOP_SECONDS,
    PROVIDER_ZH,
    DemoChannel,
)
from yiwang.media.demo_picture import FRAMES, DemoPainter
from yiwang.media.demo_sound import SAMPLING_FREQUENCY, sound

SAMPLES_PER_AAC_FRAME = 1024
AAC_FRAMES = LOOP_SECONDS * SAMPLING_FREQUENCY // SAMPLES_PER_AAC_FRAME
AAC_TICKS = SAMPLES_PER_AAC_FRAME * TICKS_90K // SAMPLING_FREQUENCY
AAC_SETTLING_FRAMES = 32  # encoded and thrown away, so that the first frame kept is like any other

FIRST_PTS_90K = TICKS_90K
"""PTS of the first picture: so much that no DTS is below zero."""

QUANTISER = "22"
"""Constant: drawn pictures need no rate control, and without it x264 spends a third less time on a 2160p picture."""

PCR_LEAD_US = 120_000
"""How long before its DTS a picture enters the decoder's buffer."""

Progress = Callable[[float], None]


def encode_channel(channel: DemoChannel, path: Path, progress: Progress) -> None:
    """Write the transport stream of a channel.

    Parameters
    ----------
    channel : DemoChannel
    path : Path                file to write
    progress : callable        told the part done, 0..1, some times a second
    """
    with av.open(str(path), "w", format="mpegts", options=_mux_options(channel)) as container:
        container.metadata["service_name"] = f"{channel.name_zh} {channel.name_en}"
        container.metadata["service_provider"] = PROVIDER_ZH
        video = _video_stream(container, channel)
        sounds: list[Iterable[Packet[Any]]] = []
        for track, language in enumerate(channel.languages):
            stream = container.add_stream("aac", rate=SAMPLING_FREQUENCY, layout="stereo")
            stream.bit_rate = 96_000
            stream.metadata["language"] = language
            sounds.append(_audio_packets(stream, channel.look.tone_hz * (2 + track) // 2))
        pictures: Iterable[Packet[Any]] = _video_packets(video, channel, progress)
        for packet in merge(pictures, *sounds, key=_decoding_time):
            container.mux_one(packet)


def _mux_options(channel: DemoChannel) -> dict[str, str]:
    return {
        "mpegts_original_network_id": "65281",  # 0xFF01: private temporary use, ETSI TS 101 162
        "mpegts_transport_stream_id": str(channel.service_id),
        "mpegts_service_id": str(channel.service_id),
        "mpegts_copyts": "1",
        "max_delay": str(PCR_LEAD_US),
        "pcr_period": "20",
        "pes_payload_size": "0",  # one audio frame in each PES packet: no waiting
    }


def _video_stream(container: av.container.OutputContainer, channel: DemoChannel) -> VideoStream:
    stream = container.add_stream(
        "libx264",
        rate=FRAMES_PER_SECOND,
        options={
            "preset": "ultrafast",
            "qp": QUANTISER,
            "x264-params": f"keyint={GOP_FRAMES}:min-keyint={GOP_FRAMES}:scenecut=0:open-gop=0:aud=1:b-pyramid=none"
            f":bframes={channel.b_frames}:threads=1:colorprim=bt709:transfer=bt709:colormatrix=bt709",
        },
    )
    stream.width, stream.height, stream.pix_fmt = channel.width, channel.height, "yuv420p"
    stream.codec_context.sample_aspect_ratio = Fraction(*channel.sar)
    stream.codec_context.time_base = Fraction(1, FRAMES_PER_SECOND)
    return stream


def _video_packets(stream: VideoStream, channel: DemoChannel, progress: Progress) -> Iterator["Packet[VideoStream]"]:
    painter = DemoPainter(channel)
    ticks = TICKS_90K // FRAMES_PER_SECOND
    for i in range(FRAMES + 1):
        frame = None
        if i < FRAMES:
            frame = av.VideoFrame.from_ndarray(painter.paint(i), "yuv420p")
            frame.pts, frame.time_base = i, Fraction(1, FRAMES_PER_SECOND)
        for packet in stream.encode(frame):
            assert packet.pts is not None
            assert packet.dts is not None
            packet.pts, packet.dts = FIRST_PTS_90K + packet.pts * ticks, FIRST_PTS_90K + packet.dts * ticks
            packet.time_base = Fraction(1, TICKS_90K)
            yield packet
        if i % FRAMES_PER_SECOND == 0:
            progress(i / FRAMES)


def _audio_packets(stream: AudioStream, tone_hz: int) -> list["Packet[AudioStream]"]:
    """Encode a little over a minute, and lay the last frames over the first: a ring."""
    frames = AAC_FRAMES + AAC_SETTLING_FRAMES
    packets: list[Packet[AudioStream] | None] = [None] * AAC_FRAMES
    for i in range(frames + 2):
        frame = None
        if i <= frames:
            samples = sound(i * SAMPLES_PER_AAC_FRAME, SAMPLES_PER_AAC_FRAME, tone_hz)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", "stereo")
            frame.sample_rate, frame.pts = SAMPLING_FREQUENCY, i * SAMPLES_PER_AAC_FRAME
            frame.time_base = Fraction(1, SAMPLING_FREQUENCY)
        for packet in stream.encode(frame):
            assert packet.pts is not None
            place = packet.pts // SAMPLES_PER_AAC_FRAME
            if AAC_SETTLING_FRAMES <= place < frames:
                packets[place % AAC_FRAMES] = packet
    whole = [packet for packet in packets if packet is not None]
    assert len(whole) == AAC_FRAMES
    for place, packet in enumerate(whole):
        packet.pts = packet.dts = FIRST_PTS_90K + place * AAC_TICKS
        packet.time_base = Fraction(1, TICKS_90K)
    return whole


def _decoding_time(packet: "Packet[Any]") -> int:
    return int(packet.dts or 0)
