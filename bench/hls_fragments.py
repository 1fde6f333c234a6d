"""What fragmented MP4 and AES-128 cost a source, beside MPEG-TS in the clear. `python -m bench.hls_fragments`

Two seconds of 8 Mbit/s at 25 frames, with 128 kbit/s of AAC in a playlist of its own, again and again; loading is left out.
"""

import asyncio
import json
import time
from collections.abc import Callable

from tests.isobmff.test_header import AUDIO
from tests.packaging.test_fragments_to_ts import video_config

from yiwang.hls.playlist_reader import ListedKey
from yiwang.isobmff.chunk import cmaf_chunk
from yiwang.isobmff.header import cmaf_header
from yiwang.net.hls_keys import HlsKeys
from yiwang.net.hls_pacer import HlsPacer
from yiwang.packaging.fragments_to_ts import FragmentMultiplexer, FragmentReader, SoundQueue

SEGMENT_S, TIMES = 2, 60
PICTURE, FRAME = 40_000, 341


def a_segment_ms(run: Callable[[int], object]) -> float:
    run(0)
    began = time.process_time()
    for n in range(1, TIMES):
        run(n)
    return round(1000 * (time.process_time() - began) / (TIMES - 1), 2)


def main() -> None:
    picture = (PICTURE - 4).to_bytes(4, "big") + b"\x41\x9a" + bytes(range(1, 251)) * 160
    pictures = [picture[:PICTURE]] * (25 * SEGMENT_S)
    readers = FragmentReader(), FragmentReader(pictures=False)
    readers[0].take_header(cmaf_header(video_config(), 1, 90_000, "und"))
    readers[1].take_header(cmaf_header(AUDIO, 1, 48_000, "und"))
    queue, maker, pacer, made = SoundQueue(), FragmentMultiplexer(), HlsPacer(), []

    def fragment(n: int) -> tuple[bytes, bytes]:
        begin, frames = SEGMENT_S * n, 94
        video = cmaf_chunk(n, 1, begin * 90_000, pictures, [3600] * 50, [0] * 50, [True] + [False] * 49)
        audio = cmaf_chunk(
            n, 1, 1024 * frames * n, [bytes(FRAME)] * frames, [1024] * frames, [0] * frames, [True] * frames
        )
        return video, audio

    octets = [fragment(n) for n in range(TIMES)]

    def join(n: int) -> None:
        (video,), (audio,) = (reader.read(one) for reader, one in zip(readers, octets[n], strict=True))
        queue.append(0, audio)
        sound = queue.take(0, video.begin_90k, video.samples.end_90k)
        assert sound is not None
        made.append(maker.segment([(video.stream, video.samples), (sound.stream, sound.samples)], 90_000 * SEGMENT_S))

    async def key(url: str, most: int) -> bytes:
        return bytes(16)

    keys, listed = HlsKeys(key), ListedKey("AES-128", "k")

    async def decrypt(n: int) -> None:  # returns nothing: whoever runs a task may show what it returns
        await keys.decrypted(octets[n][0][:2_000_000], listed, "k", n)

    runner = asyncio.Runner()
    figures = {
        "fragments to a transport stream": a_segment_ms(join),
        "pace of a transport stream": a_segment_ms(lambda n: pacer.prepare(made[n], 90_000 * SEGMENT_S)),
        "AES-128": a_segment_ms(lambda n: runner.run(decrypt(n))),
    }
    runner.close()
    percent = {f"{name}, % of a core": round(ms / (10 * SEGMENT_S), 3) for name, ms in figures.items()}
    print(json.dumps({"ms a segment": figures} | percent, indent=1))


if __name__ == "__main__":
    main()
