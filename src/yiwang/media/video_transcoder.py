"""Pictures that browsers do not play, to H.264: FFmpeg's decoder and x264, by PyAV."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from typing import Literal, cast

import av
import av.error
import av.filter
import numpy as np
from av.video.codeccontext import VideoCodecContext

from yiwang.base.elementary import MARK_PES_START, AccessUnit, CodecConfig
from yiwang.base.errors import WireError
from yiwang.base.timebase import TICKS_90K, WRAP_33
from yiwang.codecs.avc.framer import AvcFramer
from yiwang.media.ffmpeg_error import ffmpeg_says
from yiwang.packaging.video_transcoding import Sample

DECODERS = {"mp4v.6A": "mpeg1video"}
MPEG_2_DECODER = "mpeg2video"
BITS_PER_SAMPLE = 0.25
"""The largest rate: 2.6 Mbit/s for 720x576 at 25 pictures a second, 13 Mbit/s for 1920x1080."""
ENCODER_OPTIONS = {
    "preset": "veryfast",
    "tune": "zerolatency",
    "profile": "high",
    "crf": "20",
    "x264-params": "keyint=infinite",
}
"""No picture waits for another; a segment has one random access point, its first picture."""
TIME_BASE = Fraction(1, TICKS_90K)


@dataclass(frozen=True, slots=True)
class H264TranscoderFactory:
    """Makes decoders and encoders for streams of one configuration."""

    original: CodecConfig
    config: CodecConfig

    def decoder(self) -> "Decoder":
        """Begin to decode."""
        return Decoder(self.original)

    def encoder(self) -> "Encoder":
        """Begin to encode."""
        return Encoder(self.original)


@lru_cache(maxsize=64)  # it encodes a picture to know what x264 will say of itself
def plan_video_transcoding(config: CodecConfig) -> H264TranscoderFactory | None:
    """Return what makes H.264 of MPEG-1 or MPEG-2 video; None of a size that cannot be encoded."""
    encoder = Encoder(config)
    black = np.full((config.height * 3 // 2, config.width), 128, np.uint8)
    try:
        encoder.encode(av.VideoFrame.from_ndarray(black, format="yuv420p"), 0)
        encoder.flush()
    except (av.error.FFmpegError, ValueError):
        return None
    made = encoder.config
    if made is None:
        return None
    return H264TranscoderFactory(config, replace(made, frame_rate=config.frame_rate, colour=config.colour))


class Decoder:
    """MPEG-1 or MPEG-2 video to progressive pictures (see `yiwang.packaging.video_transcoding.PictureDecoder`).

    One thread, so that what it makes of damaged pictures is the same each time.
    """

    def __init__(self, config: CodecConfig) -> None:
        self._size = config.width, config.height
        self._context = _codec_context(DECODERS.get(config.codec, MPEG_2_DECODER), "r")
        self._context.extradata = config.decoder_config
        self._graph: av.filter.Graph | None = None

    def decode(self, data: bytes, pts_90k: int) -> list[tuple[int, av.VideoFrame]]:
        """Return the pictures that are whole now."""
        packet = av.Packet(data)
        packet.pts, packet.time_base = pts_90k, TIME_BASE
        try:
            frames = self._context.decode(packet)
        except av.error.FFmpegError as error:
            raise WireError("picture", 0, "a picture", ffmpeg_says(error)) from None
        return [made for frame in frames for made in self._filter(frame)]

    def flush(self) -> list[tuple[int, av.VideoFrame]]:
        """Return the rest."""
        try:
            frames = self._context.decode(None)
        except av.error.FFmpegError:
            frames = []
        made = [made for frame in frames for made in self._filter(frame)]
        if self._graph is not None:
            self._graph.push(None)
            made += self._pull(self._graph)
        return made

    def _filter(self, frame: av.VideoFrame) -> list[tuple[int, av.VideoFrame]]:
        if frame.pts is None or (frame.width, frame.height) != self._size:
            return []  # what follows a change that the framer has not seen, as it was damaged
        if self._graph is None:
            graph = self._graph = av.filter.Graph()
            source = graph.add_buffer(width=frame.width, height=frame.height, format=frame.format, time_base=TIME_BASE)
            # interlaced pictures become progressive, of both fields; others stay as they are
            deinterlacer = graph.add("bwdif", "mode=send_frame:deint=interlaced")
            sampling = graph.add("format", "pix_fmts=yuv420p")
            graph.link_nodes(source, deinterlacer, sampling, graph.add("buffersink")).configure()
        frame.time_base = TIME_BASE
        self._graph.push(frame)
        return self._pull(self._graph)

    @staticmethod
    def _pull(graph: av.filter.Graph) -> list[tuple[int, av.VideoFrame]]:
        made: list[tuple[int, av.VideoFrame]] = []
        while True:
            try:
                frame = cast(av.VideoFrame, graph.pull())
            except (av.error.BlockingIOError, av.error.EOFError):
                return made
            if frame.pts is not None and frame.time_base is not None:
                made.append((round(frame.pts * frame.time_base * TICKS_90K), frame))


class Encoder:
    """x264 in one thread (see `yiwang.packaging.video_transcoding.PictureEncoder`)."""

    def __init__(self, original: CodecConfig) -> None:
        rate = Fraction(*original.frame_rate) if original.frame_rate else Fraction(25)
        largest = round(BITS_PER_SAMPLE * original.width * original.height * rate)
        context = self._context = _codec_context("libx264", "w")
        context.width, context.height, context.pix_fmt = original.width, original.height, "yuv420p"
        context.time_base, context.framerate = TIME_BASE, rate
        context.sample_aspect_ratio = Fraction(*original.sar)
        if original.colour is not None:
            context.color_primaries, context.color_trc, context.colorspace = original.colour[:3]
        context.options = {**ENCODER_OPTIONS, "maxrate": str(largest), "bufsize": str(largest)}
        self._framer = AvcFramer()
        self.config: CodecConfig | None = None

    def encode(self, picture: av.VideoFrame, pts_90k: int) -> list[Sample]:
        """Return the samples that are whole now."""
        picture.pts, picture.time_base = pts_90k, TIME_BASE
        picture.pict_type = av.video.frame.PictureType.NONE
        return [sample for packet in self._context.encode(picture) for sample in self._samples(packet)]

    def flush(self) -> list[Sample]:
        """Return the rest."""
        return [sample for packet in self._context.encode(None) for sample in self._samples(packet)]

    def _samples(self, packet: "av.Packet[av.VideoStream]") -> list[Sample]:
        pts = packet.pts or 0
        octets = np.frombuffer(bytes(packet), np.uint8)
        mark = np.array([[0, pts % WRAP_33, pts % WRAP_33, MARK_PES_START]], np.int64)
        units: list[AccessUnit] = self._framer.feed(octets, mark) + self._framer.flush()
        if units and self.config is None:
            self.config = units[0].config
        return [Sample(pts, unit.data, unit.sap_type > 0) for unit in units]


def _codec_context(codec: str, mode: Literal["r", "w"]) -> VideoCodecContext:
    context = av.CodecContext.create(codec, mode)
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1
    return context
