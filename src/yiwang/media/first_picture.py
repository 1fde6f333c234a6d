"""The first whole picture of a stream, as JPEG: to see what comes before it is made a channel."""

import io

import av
import av.error

from yiwang.base.errors import WireError
from yiwang.media.ffmpeg_error import ffmpeg_says

MOST_PACKETS = 20_000
QUALITY = 80


def first_picture(octets: bytes, pid: int, width: int = 480) -> bytes:
    """Decode the first key frame of a transport stream.

    Parameters
    ----------
    octets : bytes    188-octet packets, some seconds of them
    pid : int         of the video
    width : int       of the JPEG at most; its height follows

    Raises
    ------
    WireError         there is none that can be decoded
    """
    try:
        with av.open(io.BytesIO(octets), "r", format="mpegts") as container:
            stream = next(one for one in container.streams.video if one.id == pid)
            stream.codec_context.thread_count = 1
            for n, packet in enumerate(container.demux(stream)):
                for frame in packet.decode():
                    if frame.key_frame and not frame.is_corrupt:
                        image = frame.to_image()  # type: ignore[no-untyped-call]
                        image.thumbnail((width, width))
                        written = io.BytesIO()
                        image.save(written, "JPEG", quality=QUALITY)
                        return written.getvalue()
                if n > MOST_PACKETS:
                    break
    except (av.error.FFmpegError, ValueError, StopIteration, IndexError) as error:
        raise WireError("video", 0, "a picture that can be decoded", ffmpeg_says(error)) from None
    raise WireError("video", 0, "a picture that can be decoded", "none")
