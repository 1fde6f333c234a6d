"""The same streams as read by ffprobe, and decoded by FFmpeg from our access units."""

import json
import subprocess

import av
import pytest

from tests.codecs.feeding import run
from tests.codecs.reference_ts import read_ts
from yiwang.codecs.aac.adts import AdtsFramer
from yiwang.codecs.aac.latm import LatmFramer
from yiwang.codecs.avc.framer import AvcFramer
from yiwang.codecs.registry import framer_for

pytestmark = pytest.mark.differential

VIDEO = [
    "androidx-media/sample_h264.ts",
    "androidx-media/sample_h264_iframes_only.ts",
    "androidx-media/sample_h264_mpeg_audio.ts",
    "mp2ts-tools/80s_with_ad.ts",
    "mux.js/sintel-captions.ts",
    "mux.js/test-no-audio-segment.ts",
    "mux.js/test-segment.ts",
    "shaka-player/captions-test.ts",
    "shaka-player/hls-ts-audio-muxed-in-video/main.ts",
    "shaka-player/hls-ts-b-frames/1.ts",
    *(f"shaka-player/hls-ts-muxed-aac-h264/n_{n}_0_0.ts" for n in range(6)),
    "shaka-player/hls-ts-muxed-ec3-h264/ChID_voices_1280x720p_25fps_h264_6ch_256kbps_ddp_sub_0000.ts",
    "shaka-player/hls-ts-muxed-mp3-h264/seg-1-v1-a1.ts",
    "tsduck/test-026.ts",
    "tsduck/test-072.ts",
    "videojs-http-streaming/caption.ts",
    "videojs-http-streaming/id3.ts",
    "videojs-http-streaming/videoDiffPtsDts.ts",
    "videojs-http-streaming/videoOneSecond.ts",
]
DTS_MENDED_BY_FFMPEG = {"shaka-player/hls-ts-audio-muxed-in-video/main.ts"}
"""Joined segments: DTS repeats at each join."""
AUDIO = [
    "androidx-media/sample_latm.ts",
    "mp2ts-tools/80s_with_ad.ts",
    "mp2ts-tools/obs_hevc_aac.ts",
    "mux.js/sintel-captions.ts",
    "mux.js/test-segment.ts",
    "shaka-player/hls-ts-audio-muxed-in-video/main.ts",
    *(f"shaka-player/hls-ts-muxed-aac-h264/n_{n}_0_0.ts" for n in range(6)),
    "shaka-player/id3-metadata.ts",
]


def ffprobe_packets(ffprobe, path, selection, *options):
    entries = "packet=pts,dts,flags,size"
    command = [
        ffprobe,
        "-v",
        "error",
        *options,
        "-select_streams",
        selection,
        "-show_entries",
        entries,
        "-of",
        "json",
        path,
    ]
    result = subprocess.run(command, capture_output=True, check=True, text=True)
    return [packet for packet in json.loads(result.stdout)["packets"] if packet]


def stream_of(path, *stream_types):
    (stream,) = (s for s in read_ts(path.read_bytes()).values() if s.stream_type in stream_types)
    return stream


def decoded_frames(codec, config, units):
    """Decode access units the way a player does: configuration first, then samples."""
    context = av.CodecContext.create(codec, "r")
    context.extradata = config.decoder_config
    frames = []
    for unit in units:
        frames += context.decode(av.Packet(unit.data))
    return frames + context.decode(None)


@pytest.mark.parametrize("name", VIDEO)
def test_h264_captures_have_ffprobe_s_pictures_times_and_key_frames(captures, ffprobe, name):
    path = captures / name
    stream = stream_of(path, 0x1B)
    units = run(AvcFramer(), bytes(stream.octets), stream.rows)
    packets = ffprobe_packets(ffprobe, path, "v:0")
    packets = [packet for packet in packets if "pts" in packet]  # ffprobe makes a packet of each field
    packets = packets[[packet["flags"][0] for packet in packets].index("K") :]
    assert [unit.pts_90k for unit in units] == [packet["pts"] for packet in packets]
    assert [unit.sap_type > 0 for unit in units] == [packet["flags"][0] == "K" for packet in packets]
    assert {(unit.pts_90k, unit.dts_90k) for unit in units} <= {(pts, dts) for _, pts, dts, _ in stream.rows}
    if name not in DTS_MENDED_BY_FFMPEG:
        pairs = [(unit.dts_90k, packet["dts"]) for unit, packet in zip(units, packets, strict=True) if "dts" in packet]
        assert all(ours in (-1, theirs % (1 << 33)) for ours, theirs in pairs)


@pytest.mark.parametrize(
    "name", ["androidx-media/sample_h264.ts", "tsduck/test-026.ts", "shaka-player/hls-ts-b-frames/1.ts"]
)
def test_h264_captures_decode_to_a_picture_per_access_unit(captures, name):
    stream = stream_of(captures / name, 0x1B)
    units = run(AvcFramer(), bytes(stream.octets), stream.rows)
    frames = decoded_frames("h264", units[0].config, units)
    first = units[0]
    leading = [unit for unit in units if unit.pts_90k < first.pts_90k]  # an open GOP: they refer to the one before
    assert bool(leading) == (first.sap_type == 3)
    assert len(units) - len(leading) - 1 <= len(frames) <= len(units)  # a capture may end within a picture
    assert {(frame.width, frame.height) for frame in frames} == {(units[0].config.width, units[0].config.height)}


@pytest.mark.parametrize("name", AUDIO)
def test_aac_captures_have_ffprobe_s_frames_and_times(captures, ffprobe, name):
    path = captures / name
    stream = stream_of(path, 0x0F, 0x11)
    units = run(framer_for(stream.stream_type), bytes(stream.octets), stream.rows)
    packets = ffprobe_packets(ffprobe, path, "a:0")
    if name.endswith("main.ts"):
        packets.pop()  # the file ends within its last frame
    assert len(units) == len(packets)
    # ffprobe counts on where a packet gives no time; the two agree where it does, but for rounding
    stamped = [(unit.pts_90k, packet["pts"]) for unit, packet in zip(units, packets, strict=True) if unit.pts_90k >= 0]
    assert stamped
    assert all(abs(ours - theirs) <= 1 for ours, theirs in stamped)


@pytest.mark.parametrize(
    "name", ["mux.js/test-segment.ts", "androidx-media/sample_latm.ts", "shaka-player/id3-metadata.ts"]
)
def test_aac_captures_decode_with_their_configuration(captures, name):
    stream = stream_of(captures / name, 0x0F, 0x11)
    units = run(framer_for(stream.stream_type), bytes(stream.octets), stream.rows)
    frames = decoded_frames("aac", units[0].config, units)
    assert len(units) - 1 <= len(frames) <= len(units)  # an encoder's first frame may have no sound in it
    seconds = {frame.samples / frame.sample_rate for frame in frames}
    assert seconds == {units[0].config.samples_per_frame / units[0].config.sampling_frequency}


# -- streams made by x264

X264 = {
    "closed GOP, B pyramid": "keyint=12:bframes=3:b-pyramid=normal:b-adapt=0",
    "open GOP": "keyint=12:bframes=3:open-gop=1:b-adapt=0",
    "eight slices with delimiters": "keyint=12:slices=8:aud=1",
    "small slices": "keyint=12:slice-max-size=300",
    "MBAFF": "keyint=12:interlaced=1",
    "intra refresh": "keyint=12:intra-refresh=1:bframes=0",
    "all intra": "keyint=1",
    "filler": "keyint=12:nal-hrd=cbr:filler=1",
    "picture timing": "keyint=12:pic-struct=1:nal-hrd=vbr",
}


@pytest.mark.parametrize("parameters", X264.values(), ids=X264)
@pytest.mark.parametrize("delimiters", [True, False], ids=["as made", "without delimiters"])
def test_streams_of_x264_have_ffprobe_s_pictures_and_key_frames_and_decode(
    ffmpeg, ffprobe, tmp_path, parameters, delimiters
):
    path = tmp_path / "x.h264"
    source = "testsrc2=s=320x192:r=25:d=2"
    rate = ("-b:v", "400k", "-maxrate", "400k", "-bufsize", "400k")
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", source, "-c:v", "libx264", *rate]
    subprocess.run([*command, "-x264-params", parameters, "-pix_fmt", "yuv420p", path], check=True)
    octets = path.read_bytes()
    if not delimiters:
        octets = octets.replace(b"\0\0\0\1\x09", b"\0\0\0\1\x0c")  # a delimiter becomes filler data
    units = run(AvcFramer(), octets)
    packets = ffprobe_packets(ffprobe, path, "v", "-f", "h264")
    assert len(units) == len(packets) == 50
    assert [unit.sap_type > 0 for unit in units] == [packet["flags"][0] == "K" for packet in packets]
    assert len(decoded_frames("h264", units[0].config, units)) == 50


def test_x264_marks_open_gops_by_recovery_points(ffmpeg, tmp_path):
    path = tmp_path / "x.h264"
    command = [ffmpeg, "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=320x192:r=25:d=2", "-c:v", "libx264"]
    subprocess.run([*command, "-x264-params", X264["open GOP"], "-pix_fmt", "yuv420p", path], check=True)
    types = [unit.sap_type for unit in run(AvcFramer(), path.read_bytes())]
    assert types[0] == 1
    assert types.count(3) >= 3
    assert set(types) == {0, 1, 3}


# -- streams made by FFmpeg's AAC encoder


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1", "hexagonal", "octagonal"])
def test_adts_and_loas_of_one_encoder_give_the_same_access_units(ffmpeg, tmp_path, layout):
    adts, loas, mp4 = tmp_path / "x.aac", tmp_path / "x.latm", tmp_path / "x.mp4"
    command = [
        ffmpeg,
        "-v",
        "error",
        "-f",
        "lavfi",
        "-i",
        "sine=f=440:d=2:r=48000",
        "-af",
        f"aformat=channel_layouts={layout}",
    ]
    subprocess.run([*command, "-c:a", "aac", "-b:a", "128k", adts], check=True)
    subprocess.run([ffmpeg, "-v", "error", "-i", adts, "-c", "copy", mp4], check=True)
    subprocess.run([ffmpeg, "-v", "error", "-i", mp4, "-c", "copy", "-f", "latm", loas], check=True)
    from_adts, from_loas = run(AdtsFramer(), adts.read_bytes()), run(LatmFramer(), loas.read_bytes())
    assert len(from_adts) > 90
    assert [unit.data[-20:] for unit in from_adts] == [unit.data[-20:] for unit in from_loas]
    with av.open(str(mp4)) as container:
        extradata = container.streams[0].codec_context.extradata
        channels = container.streams[0].codec_context.channels
    assert from_adts[0].config.channels == from_loas[0].config.channels == channels
    assert from_adts[0].config.decoder_config[:2] == extradata[:2]
    frames = decoded_frames("aac", from_adts[0].config, from_adts)
    assert {frame.layout.nb_channels for frame in frames} == {channels}
