"""Pre-encoded test streams, made once into var/bench."""

import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "var" / "bench"


def stream_8_mbit(seconds: int = 20) -> Path:
    """1080p25 H.264 with B-frames at 8 Mbit/s of mux rate, 2 s GOPs, stereo AAC; noise so that the rate is real."""
    rate = ["-b:v", "7300k", "-minrate", "7300k", "-maxrate", "7300k", "-bufsize", "3650k"]
    coding = ["-c:v", "libx264", "-bf", "2", "-g", "50", "-sc_threshold", "0", "-x264-params", "nal-hrd=cbr:open-gop=0"]
    return _made("8mbit.ts", seconds, "1920x1080", 25, [*coding, *rate], "8M")


def hevc_36_mbit(seconds: int = 8) -> Path:
    """2160p50 HEVC with B-frames at 36 Mbit/s of mux rate, 2 s GOPs, stereo AAC; it takes some minutes to make."""
    rate = "vbv-maxrate=34000:vbv-bufsize=17000:strict-cbr=1"
    coding = ["-c:v", "libx265", "-b:v", "34M", "-x265-params", f"keyint=100:scenecut=0:log-level=error:{rate}"]
    return _made("hevc-36mbit.ts", seconds, "3840x2160", 50, coding, "36M")


def _made(name: str, seconds: int, size: str, rate: int, coding: list[str], mux_rate: str) -> Path:
    path = FOLDER / name
    if path.exists():
        return path
    FOLDER.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new.ts")
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate={rate}"),
            *("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000", "-t", str(seconds)),
            *("-vf", "noise=alls=24:allf=t", *coding, "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
            *("-c:a", "aac", "-b:a", "128k", "-ac", "2"),
            *("-muxrate", mux_rate, "-pcr_period", "30", "-f", "mpegts", str(new)),
        ],
        check=True,
    )
    new.rename(path)
    return path


def multiplex_50_mbit(minutes: int = 2) -> Path:
    """Six programmes of the 8 Mbit/s stream in one multiplex of 50 Mbit/s, with SDT; 375 MB a minute."""
    path = FOLDER / ("50mbit.ts" if minutes == 2 else f"50mbit-{minutes}-minutes.ts")
    if path.exists():
        return path
    one, new = stream_8_mbit(), path.with_suffix(".new.ts")
    command = ["ffmpeg", "-v", "error", "-y", "-stream_loop", str(3 * minutes - 1), "-i", str(one)]
    for _ in range(6):
        command += ["-map", "0:v", "-map", "0:a"]
    for n in range(6):
        command += ["-program", f"title=bench{n}:program_num={n + 1}:st={2 * n}:st={2 * n + 1}"]
    command += ["-c", "copy", "-muxrate", "50M", "-pcr_period", "30", "-f", "mpegts", str(new)]
    subprocess.run(command, check=True)
    new.rename(path)
    return path
