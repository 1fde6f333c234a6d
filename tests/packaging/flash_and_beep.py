"""Made-up television whose picture flashes when its sound beeps, once a second; and how far apart they are afterwards."""

import io
from collections.abc import Iterable
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np

RATE, GOP, SAMPLES = 25, 50, 48_000
FLASH_FRAMES = 2
NEAR_S = 0.4
"""A flash and a beep further apart than this are not of the same second."""
SILENCE_S = 0.3


def flash_and_beep(seconds: int, audio_codec: str = "aac") -> bytes:
    """A transport stream: H.264 with B-pictures, one key frame every two seconds; sound of a codec."""
    file = io.BytesIO()
    options = {"preset": "ultrafast", "bf": "2", "g": str(GOP), "x264-params": "scenecut=0:open-gop=0"}
    shades = (np.arange(96 * 96).reshape(96, 96) % 64 + 16).astype(np.uint8)
    wave = (np.sin(np.arange(SAMPLES // RATE) * 2 * np.pi * 1000 / SAMPLES) * 16_000).astype(np.int16)
    with av.open(file, "w", format="mpegts") as container:
        pictures = container.add_stream("libx264", rate=RATE, options=options)
        pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
        sound = container.add_stream(audio_codec, rate=SAMPLES, layout="stereo")
        resampler = av.AudioResampler(sound.codec_context.format, "stereo", SAMPLES, sound.codec_context.frame_size)
        for n in range(seconds * RATE):
            is_on = n % RATE < FLASH_FRAMES
            rows = np.roll(shades, n % 25, axis=0)
            rows[:64] = 235 if is_on else rows[:64]
            frame = av.VideoFrame.from_ndarray(rows, format="yuv420p")
            frame.pts, frame.time_base = n, Fraction(1, RATE)
            container.mux(pictures.encode(frame))
            samples = av.AudioFrame.from_ndarray(np.repeat(wave * is_on, 2)[None, :], format="s16", layout="stereo")
            samples.sample_rate, samples.pts, samples.time_base = SAMPLES, n * len(wave), Fraction(1, SAMPLES)
            for resampled in resampler.resample(samples):
                container.mux(sound.encode(resampled))
        for encoder in (pictures, sound):
            container.mux(encoder.encode(None))
    return file.getvalue()


def flashes(octets: bytes) -> list[float]:
    """When the picture turns white, in seconds."""
    lit = []
    with av.open(io.BytesIO(octets)) as container:
        for frame in container.decode(video=0):
            lit.append((float(frame.pts * frame.time_base), bool(frame.to_ndarray(format="gray").mean() > 160)))
    return [at for (_, before), (at, now) in pairwise(lit) if now and not before]


def beeps(octets: bytes) -> list[float]:
    """When the sound begins, in seconds."""
    found: list[float] = []
    loud_until = -np.inf
    with av.open(io.BytesIO(octets)) as container:
        resampler = av.AudioResampler("flt", "mono")
        for frame in container.decode(audio=0):
            begin = float(frame.pts * frame.time_base)
            (mono,) = resampler.resample(frame)
            loud = np.flatnonzero(np.abs(mono.to_ndarray()[0]) > 0.15)
            for at in begin + loud / frame.sample_rate:
                if at > loud_until + SILENCE_S:
                    found.append(float(at))
                loud_until = at
    return found


def apart(flash_times: Iterable[float], beep_times: Iterable[float]) -> list[float]:
    """How much later than its flash each beep is, in seconds; what has lost the other is left out."""
    beep_times = list(beep_times)
    nearest = (min((beep - flash for beep in beep_times), key=abs, default=np.inf) for flash in flash_times)
    return [late for late in nearest if abs(late) < NEAR_S]
