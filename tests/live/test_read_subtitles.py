"""A live channel whose subtitles are pictures: in HLS they are text, at their times; nothing else is late for it."""

import re
from pathlib import Path

import pytest

from tests.conftest import missing
from tests.live.node import PACKAGING, eventually, running, service
from tests.packaging.test_text import cues
from tests.services.test_read_subtitles import SAID, programme
from yiwang.media.subtitle_reader import is_installed

pytestmark = pytest.mark.slow


async def test_viewers_of_hls_get_what_is_read(tmp_path: Path):
    if not is_installed():
        missing("the extra that reads letters is not installed: make setup")
    (tmp_path / "in.ts").write_bytes(programme())
    config = f"{PACKAGING}read_subtitles = true\n{service('one', f'file:{tmp_path}/in.ts?loop=1')}"
    async with running(tmp_path, config) as node:

        async def heard() -> bool:
            master = (await node.get("/live/one/index.m3u8")).text
            if 'URI="text-ocr/index.m3u8"' not in master:
                return False
            listed = (await node.media_playlist("one", "text-ocr")).segments
            texts = [(await node.get(f"/live/one/text-ocr/{s.msn}.vtt")).content for s in listed if not s.gap]
            seen.update(" ".join(text.split()) for found in texts for *_, text in cues(found))
            return {" ".join(text.split()) for *_, lines, _ in SAID for text in lines} <= seen

        seen: set[str] = set()
        await node.until_state("one", "live")
        await eventually(heard, node)
        faults = re.findall(r'fault="(subtitle_\w+)"', (await node.get("/metrics")).text)
        assert set(faults) <= {"subtitle_read_late"}  # a slow machine is no fault
