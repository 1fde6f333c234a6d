"""Whole documents of a network of two provinces, as they go out, compared with golden files.

After a change that is meant: ``UPDATE_GOLDEN=1 pytest tests/network/test_golden.py``, and read the difference.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.network.test_dvbi import ID, NAMES, NETWORK, out
from yiwang.dvbi.service_list import service_list_document
from yiwang.dvbi.service_list_registry import service_list_entry_points_document
from yiwang.m3u.writer import playlist_text
from yiwang.network.to_dvbi import registry
from yiwang.network.to_m3u import playlist

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "lists"
CASES: dict[str, Callable[[], str]] = {
    "registry.xml": lambda: service_list_entry_points_document(registry(NAMES, "P", ID, ["CHN"])).decode(),
    "services.xml": lambda: service_list_document(out(NETWORK)).decode(),
    "services_of_a_region.xml": lambda: service_list_document(out(NETWORK, "CN-JS")).decode(),
    "playlist.m3u": lambda: playlist_text(playlist(NETWORK)),
}


@pytest.mark.parametrize("name", CASES)
def test_a_document_is_what_the_golden_file_says(name: str) -> None:
    text, path = CASES[name](), GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()
