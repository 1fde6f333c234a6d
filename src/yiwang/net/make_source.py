"""From the record of a source to the source."""

from typing import assert_never

from yiwang.net.datagram_source import RtpSource, UdpSource
from yiwang.net.file_source import FileSource
from yiwang.net.merged_source import MergedSource
from yiwang.net.pump import Pump
from yiwang.net.source import Source
from yiwang.net.source_url import DatagramSpec, FileSpec, HlsSpec, HttpSpec, MergedSpec, SourceSpec, SrtSpec, StdinSpec
from yiwang.net.stdin_source import StdinSource


def make_source(spec: SourceSpec, pump: Pump) -> Source:
    """Make the source that ``spec`` names; it is not opened.

    Parameters
    ----------
    spec : SourceSpec      of :func:`yiwang.net.source_url.parse_source_url`
    pump : Pump            the one that all datagram sources of this event loop share
    """
    match spec:
        case DatagramSpec():
            return RtpSource(spec, pump) if spec.rtp else UdpSource(spec, pump)
        case MergedSpec():
            return MergedSource(spec, pump)
        case SrtSpec():
            from yiwang.net.srt_source import SrtSource  # with the finder of the FFmpeg program

            return SrtSource(spec)
        case HttpSpec():
            from yiwang.net.http_source import HttpSource  # its client is 4 MB that most nodes never need

            return HttpSource(spec)
        case HlsSpec():
            from yiwang.net.hls_source import HlsSource  # with the same client

            return HlsSource(spec)
        case FileSpec():
            return FileSource(spec)
        case StdinSpec():
            return StdinSource(spec)
        case _:
            assert_never(spec)
