"""`yiwang package` and whatever it is given: it packages what is good in it, or says in one line why it cannot; what it
writes plays.
"""

import random
import re
import subprocess
import sys

import pytest

from tests.cli.command import yiwang  # noqa: F401 - a fixture
from tests.differential import ffmpeg_reading
from tests.packaging import television as tv

pytestmark = pytest.mark.slow


@pytest.fixture
def package(yiwang, tmp_path):  # noqa: F811
    """Return a function that packages octets to ``out``."""

    def run(octets, *options):
        file = tmp_path / "in.ts"
        file.write_bytes(octets)
        return yiwang("package", file, "-o", tmp_path / "out", *options)

    return run


@pytest.fixture
def plays(ffmpeg, tmp_path):
    """Return a function that decodes ``out`` as HLS and as DASH without a word from ffmpeg; returns seconds of video."""

    def decode():
        seconds = []
        for entry in ("index.m3u8", "manifest.mpd"):
            command = [ffmpeg, "-nostdin", "-v", "error", "-xerror", "-i", tmp_path / "out" / entry]
            command += ["-map", "0:v?", "-map", "0:a?", "-f", "null", "-progress", "-", "-"]
            result = subprocess.run(command, capture_output=True, check=False, text=True, timeout=60)
            assert (result.returncode, result.stderr) == (0, "")
            times = [line.split("=")[1] for line in result.stdout.splitlines() if line.startswith("out_time_us=")]
            seconds.append(int(times[-1]) / 1e6)
        return seconds[0]

    return decode


@pytest.fixture
def samples(ffmpeg, tmp_path):
    """Return a function that gives (presentation time, digest) of all samples in ``out``."""

    def read(track):
        return {(p.time, p.digest) for p in ffmpeg_reading.packets(ffmpeg, tmp_path / "out/index.m3u8", f"{track}:0")}

    return read


def test_random_octets(package):
    package(random.Random(1).randbytes(500_000)).fails(1, "in.ts", "no MPEG transport stream")


def test_an_empty_file(package):
    package(b"").fails(1, "in.ts", "it is empty")


def test_an_mp3_file(package, ffmpeg):
    make = [ffmpeg, "-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=duration=10", "-f", "mp3", "-"]
    package(subprocess.run(make, capture_output=True, check=True).stdout).fails(1, "no MPEG transport stream")


@pytest.mark.parametrize("n", range(1, 6))
def test_a_file_cut_off_at_an_odd_place(package, plays, n):
    octets = tv.stream(12)
    result = package(octets[: len(octets) * n // 6 + 37 * n])
    assert result.code == 0
    assert plays() > 2 * n - 1


@pytest.mark.parametrize("octets", [b"\x47", tv.stream(12)[:187], tv.stream(12)[:3000]])
def test_a_file_cut_off_before_its_first_picture_is_whole(package, octets):
    package(octets).fails(1, "in.ts")


def test_a_stream_without_pat(package):
    package(b"".join(p for p in tv.packets(tv.stream(12)) if tv.pid_of(p))).fails(1, "no PAT")


def test_a_stream_without_pmt(package):
    result = package(b"".join(p for p in tv.packets(tv.stream(12)) if tv.pid_of(p) != tv.PMT_PID))
    result.fails(1, "no PMT", "program 1")


def test_pictures_alone(package, plays, tmp_path):
    assert package(tv.stream(12, audio=False)).code == 0
    assert plays() == pytest.approx(12, abs=0.1)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["index.m3u8", "manifest.mpd", "video"]


def test_sound_alone(package, plays, tmp_path):
    assert package(tv.stream(12, video=False)).code == 0
    assert plays() == pytest.approx(12, abs=0.1)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["audio", "index.m3u8", "manifest.mpd"]


def test_no_parameter_sets_for_ten_seconds(package, plays):
    octets = tv.stream(16)
    result = package(tv.without_parameter_sets(octets, tv.first_dts(octets) + 10 * 90_000))
    assert result.code == 0
    assert plays() == pytest.approx(6, abs=0.2)


def test_a_beginning_in_the_middle_of_a_gop_is_no_fault(package, plays):
    octets = tv.stream(6)
    result = package(tv.without_parameter_sets(octets, tv.first_dts(octets) + 90_000 // 2))
    assert (result.code, result.err) == (0, "")
    assert "no_parameter_sets" not in result.out
    assert 4 < plays() < 6


def test_no_parameter_sets_at_all(package):
    octets = tv.without_parameter_sets(tv.stream(12, audio=False), tv.WRAP)
    package(octets).fails(1, "no random access point with parameter sets")


@pytest.mark.parametrize("seconds", [-30, -5, 30, 40_000])
def test_times_that_jump_in_the_middle(package, plays, seconds, tmp_path):
    octets = tv.stream(6)
    result = package(tv.continuous([octets, tv.shifted(octets, (6 + seconds) * 90_000)]))
    assert (result.code, result.err) == (0, "")
    assert "2 periods" in result.out
    assert "1 × time_jump" in result.out
    assert "#EXT-X-DISCONTINUITY\n" in (tmp_path / "out/video/index.m3u8").read_text()
    assert (tmp_path / "out/manifest.mpd").read_text().count("<Period ") == 2
    plays()


def test_times_that_wrap_in_the_middle(package, plays):
    octets = tv.stream(12)
    result = package(tv.shifted(octets, tv.WRAP - 6 * 90_000 - tv.first_dts(octets)))
    assert re.search(r" 12\.[01] s, ", result.out)  # the last frame of sound ends after the last picture
    assert "periods" not in result.out
    assert "damage" not in result.out
    assert plays() == pytest.approx(12, abs=0.1)


def test_two_programmes_of_which_one_is_chosen(package, plays, tmp_path):
    octets = tv.two_programmes(tv.stream(12), tv.stream(6, gop=25, audio=False))
    assert "12.0 s, " in package(octets).out
    plays()
    result = package(octets, "--program", "2")
    assert "6.0 s, " in result.out
    assert "audio" not in result.out
    package(octets, "--program", "3").fails(1, "no program 3; its PAT lists 1, 2")


def test_a_programme_that_is_listed_only_gives_way_to_the_next(package, plays):
    octets = tv.two_programmes(tv.stream(12), tv.stream(6), with_pmt_of_first=False)
    assert len(octets) < 2 << 20
    assert "6.0 s, " in package(octets).out
    assert plays() == pytest.approx(6, abs=0.1)


def test_pids_that_change_with_every_pmt_version(package, plays):
    parts = []
    for n in range(6):
        part = tv.with_version(tv.shifted(tv.stream(2), n * 2 * 90_000), n)
        parts.append(tv.moved(part, {tv.VIDEO_PID: 0x200 + 2 * n, tv.AUDIO_PID: 0x201 + 2 * n}))
    result = package(tv.continuous(parts))
    assert re.search(r" 12\.[01] s, ", result.out)  # the last frame of sound ends after the last picture
    assert "periods" not in result.out
    assert plays() == pytest.approx(12, abs=0.1)


def called_dts(octets):
    """The stream whose MPEG audio is announced as DTS."""
    return tv.with_sections(octets, tv.PMT_PID, lambda s: s.__setitem__(s.index(bytes([3, 0xE1])), 0x82))


def test_codecs_we_do_not_package(package):
    octets = called_dts(tv.remuxed(tv.stream(12), video_codec="mpeg4", audio_codec="mp2"))
    package(octets).fails(1, "no picture and no sound that can be packaged", "DTS, MPEG-4 visual")


def test_sound_we_do_not_package_beside_pictures_we_do(package, plays):
    result = package(called_dts(tv.remuxed(tv.stream(12), video_codec="libx264", audio_codec="mp2")))
    assert result.code == 0
    assert f"left out: PID {tv.AUDIO_PID}, DTS" in result.out
    plays()


def test_packets_with_parity_are_the_same_stream(package, tmp_path):
    octets = tv.stream(12)
    package(octets)
    expected = {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    result = package(b"".join(p + bytes(16) for p in tv.packets(octets)))
    assert "damage" not in result.out
    assert {p: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()} == expected


def garbled(octets, seed):
    noise = random.Random(seed)
    return b"".join(
        p + noise.randbytes(noise.randrange(1, 1000)) if noise.random() < 0.01 else p for p in tv.packets(octets)
    )


def thinned(octets, seed):
    luck = random.Random(seed)
    return b"".join(p for p in tv.packets(octets) if luck.random() >= 0.05)


def overwritten(octets, seed):
    luck = random.Random(seed)
    return b"".join(p if luck.random() >= 0.01 else b"\x47\xff" + luck.randbytes(186) for p in tv.packets(octets))


@pytest.mark.parametrize(
    ("damage", "fault", "of_pictures", "of_sound"),
    [
        (garbled, "ts_garbage", 0.9, 0.9),
        (thinned, "continuity_count_error", 0.2, 0.3),  # some pictures name what was lost (ADR 35)
        (overwritten, "transport_error", 0.4, 0.7),
    ],
)
@pytest.mark.parametrize("seed", range(2))
def test_of_a_damaged_stream_only_whole_samples_are_published_at_their_times(
    package, samples, damage, fault, of_pictures, of_sound, seed
):
    package(tv.stream(12))
    whole = {track: samples(track) for track in "va"}
    result = package(damage(tv.stream(12), seed))
    assert (result.code, result.err) == (0, "")
    assert fault in result.out
    pictures, sound = samples("v"), samples("a")
    assert pictures <= whole["v"]
    assert {digest for _, digest in sound} <= {digest for _, digest in whole["a"]}
    begin = min(time for time, _ in pictures)  # the first random access point that came whole
    assert len(pictures) > of_pictures * sum(time >= begin for time, _ in whole["v"])
    assert len(sound) > of_sound * sum(time >= begin for time, _ in whole["a"])


def test_a_folder_that_cannot_be_written(yiwang, tmp_path):  # noqa: F811
    file = tmp_path / "in.ts"
    file.write_bytes(tv.stream(12))
    yiwang("package", file, "-o", file / "below").fails(1, file / "below", "cannot be written", "Not a directory")
    (tmp_path / "video").write_text("in the way")
    yiwang("package", file, "-o", tmp_path).fails(1, tmp_path / "video", "cannot be written")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("package", ["INPUT"]),
        ("package in.ts", ["-o"]),
        ("package in.ts -o", ["-o"]),
        ("package missing.ts -o out", ["missing.ts", "no such file"]),
        ("package . -o out", [".: is a folder"]),
        ("package in.ts -o in.ts", ["-o in.ts: is not a folder"]),
        ("package in.ts -o out --segment-duration two", ["--segment-duration", "two"]),
        ("package in.ts -o out --segment-duration 0", ["--segment-duration", "between 0.1 and 60"]),
        ("package in.ts -o out --segment-duration nan", ["--segment-duration", "between 0.1 and 60"]),
        ("package in.ts -o out --segment-duration -1", ["--segment-duration", "between 0.1 and 60"]),
        ("package in.ts -o out --program 0", ["--program 0", "1 to 65535"]),
        ("package in.ts -o out --program 70000", ["--program 70000", "1 to 65535"]),
        ("package in.ts -o out --colour", ["--colour"]),
        ("package --colour in.ts -o out", ["--colour"]),
        ("pack in.ts", ["pack"]),
    ],
)
def test_wrong_usage(yiwang, tmp_path, monkeypatch, arguments, words):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.ts").write_bytes(b"")
    yiwang(*arguments.split()).fails(2, *words)


def test_an_empty_name_of_the_folder(yiwang, tmp_path):  # noqa: F811
    (tmp_path / "in.ts").write_bytes(b"")
    yiwang("package", tmp_path / "in.ts", "-o", "").fails(2, "-o")


def test_standard_input_and_a_process_of_its_own(plays, tmp_path):
    command = [sys.executable, "-m", "yiwang.cli.main", "package", "-", "-o", tmp_path / "out"]
    result = subprocess.run(command, input=tv.stream(12), capture_output=True, check=False, timeout=60)
    assert (result.returncode, result.stderr) == (0, b"")
    assert result.stdout.startswith(f"{tmp_path / 'out'}: 12.0 s, 12 segments\n".encode())
    plays()
    result = subprocess.run(command, input=b"nothing", capture_output=True, check=False, timeout=60)
    assert (result.returncode, result.stdout) == (1, b"")
    assert result.stderr.startswith(b"yiwang: -: no MPEG transport stream")
    assert result.stderr.count(b"\n") == 1
