"""A node calls compiled kernels without numba, whose import costs it 50 MB, whatever channels, guides and viewers ask for."""

import os
import sys
from pathlib import Path

import pytest

from tests.live.node import PACKAGING, running, service

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(name.startswith("NUMBA_") for name in os.environ) or sys.platform != "linux", reason="other code than usual"
    ),
]

GUIDE = """<tv><channel id="one"><display-name>一网</display-name></channel>
<programme start="20260926080000" stop="20260926090000" channel="one"><title lang="zh">新闻</title></programme></tv>"""


@pytest.mark.parametrize(
    "name",
    [
        "mp2ts-tools/obs_hevc_aac.ts",
        "tsduck/test-025.ts",
        "androidx-media/sample_eac3.ts",
    ],
)
async def test_a_node_runs_without_numba(captures: Path, tmp_path: Path, name: str):
    (tmp_path / "guide.xml").write_text(GUIDE)
    listing = f'[[listing]]\nid = "guide"\nurl = "{(tmp_path / "guide.xml").as_uri()}"\n'
    config = PACKAGING + service("one", f"file:{captures / name}?loop=1", name='"一网"') + listing

    async def loads_numba() -> bool:
        async with running(tmp_path / "node", config) as node:
            channel = await node.until_state("one", "live")
            assert channel["tracks"]
            for query in ("yiwang", "xniwen", "新闻"):
                await node.get(f"/api/search?q={query}")
            assert node.process is not None
            maps = Path(f"/proc/{node.process.pid}/maps").read_text()
            await node.stop()
            return "llvmlite" in maps

    if await loads_numba():  # the first may have to leave a kernel to numba; then its code is known
        assert not await loads_numba()
