"""One picture, or a short piece of sound, out of CMAF: enough to see black and stillness, and to hear silence."""

import io
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np
from numpy.typing import NDArray

from yiwang.base.elementary import Octets
from yiwang.base.errors import WireError
from yiwang.media.ffmpeg_error import ffmpeg_says

BLOCK = 16
"""A sample of what is returned is the mean of a block of so many rows and columns: noise is averaged away."""
THUMBNAIL_WIDTH, LEAST_HEIGHT, MOST_HEIGHT = 320, 16, 640
THUMBNAIL_QUALITY = 6
"""Of FFmpeg's JPEG encoder: 2 is the best, 31 the smallest."""
QUIETEST_DB = -120.0
"""What is said of digital silence."""


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """A picture that was looked at.

    Attributes
    ----------
    luma : ndarray of shape (H // 16, W // 16), uint8     block means; 0 is black and 255 white, whatever the range
    jpeg : bytes                                          the picture, small; empty: not asked for
    """

    luma: Octets
    jpeg: bytes = b""


def decode_key_frame(init: bytes, chunk: bytes, *, thumbnail: bool = False) -> KeyFrame:
    """Decode the first picture of a chunk, which must be a random access point.

    Parameters
    ----------
    init, chunk : bytes      CMAF header and chunk of a video track
    thumbnail : bool         make a JPEG of it, THUMBNAIL_WIDTH wide, in the shape in which it is shown

    Raises
    ------
    WireError                it cannot be decoded
    """
    try:
        with av.open(io.BytesIO(init + chunk), "r") as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            packet = next(container.demux(stream))
            frames = [*stream.codec_context.decode(packet), *stream.codec_context.decode(None)]
            frame = frames[0]
            small = frame.reformat(
                width=max(1, frame.width // BLOCK),
                height=max(1, frame.height // BLOCK),
                format="gray",
                interpolation="AREA",
                dst_color_range="JPEG",
            )
            luma = small.to_ndarray().astype(np.uint8)
            shape = stream.codec_context.display_aspect_ratio or Fraction(frame.width, frame.height)
            jpeg = _jpeg(frame, shape) if thumbnail else b""
    except (av.error.FFmpegError, ValueError, IndexError, StopIteration) as error:
        raise WireError("video", 0, "a picture that can be decoded", ffmpeg_says(error)) from None
    return KeyFrame(luma, jpeg)


def _jpeg(frame: av.VideoFrame, shape: Fraction) -> bytes:
    height = round(THUMBNAIL_WIDTH / shape / 2) * 2
    height = min(max(height, LEAST_HEIGHT), MOST_HEIGHT)
    small = frame.reformat(
        width=THUMBNAIL_WIDTH, height=height, format="yuvj420p", interpolation="AREA", dst_color_range="JPEG"
    )
    small.pts = None
    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height, encoder.pix_fmt = THUMBNAIL_WIDTH, height, "yuvj420p"
    encoder.time_base = Fraction(1, 25)
    encoder.thread_count = 1
    encoder.qmin = encoder.qmax = THUMBNAIL_QUALITY
    return b"".join(bytes(packet) for packet in (*encoder.encode(small), *encoder.encode(None)))


@dataclass(frozen=True, slots=True)
class Loudness:
    """Level of a piece of sound in dB relative to full scale, of its loudest channel."""

    rms_db: float
    peak_db: float


def decode_sound(init: bytes, chunks: list[bytes]) -> Loudness:
    """Decode some chunks of an audio track and measure their level.

    The first frame is left out where there are more: its decoder has not heard what came before.

    Raises
    ------
    WireError     it cannot be decoded
    """
    try:
        with av.open(io.BytesIO(init + b"".join(chunks)), "r") as container:
            frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
            n_channels = container.streams.audio[0].codec_context.channels
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise WireError("audio", 0, "sound that can be decoded", ffmpeg_says(error)) from None
    if not frames:
        raise WireError("audio", 0, "sound that can be decoded", "none")
    samples = np.concatenate([_by_channel(frame, n_channels) for frame in frames[min(1, len(frames) - 1) :]], axis=1)
    rms = np.sqrt(np.mean(np.square(samples), axis=1)).max()
    return Loudness(_db(float(rms)), _db(float(np.abs(samples).max())))


def _by_channel(samples: NDArray[Any], n_channels: int) -> NDArray[np.float64]:
    """Return samples of shape (channels, N), 1.0 being full scale."""
    scale = 1.0 if samples.dtype.kind == "f" else float(2 ** (8 * samples.dtype.itemsize - 1))
    rows = samples if samples.shape[0] == n_channels else samples.reshape(-1, n_channels).T
    return rows.astype(np.float64) / scale


def _db(amplitude: float) -> float:
    return max(QUIETEST_DB, 20 * float(np.log10(amplitude))) if amplitude > 0 else QUIETEST_DB
