from dataclasses import replace

import pytest

from tests.origin.broadcast import AUDIO_TRACK, DESCRIPTION_TRACK
from yiwang.origin.language import bcp_47, labels


@pytest.mark.parametrize(
    ("code", "tag"),
    [
        ("zho", "zh"),
        ("chi", "zh"),
        ("deu", "de"),
        ("ger", "de"),
        ("bod", "bo"),
        ("uig", "ug"),
        ("yue", "yue"),
        ("qaa", "qaa"),
        ("und", None),
        ("", None),
        ("zh", None),
        ("ABC", None),
        ("a\nb", None),
    ],
)
def test_a_language_has_its_shortest_tag(code, tag):
    assert bcp_47(code) == tag


def test_labels_are_unique():
    headers = [
        AUDIO_TRACK,
        DESCRIPTION_TRACK,
        replace(AUDIO_TRACK, name="audio-3"),
        replace(AUDIO_TRACK, name="audio-4", language="und"),
    ]
    assert labels(headers) == {
        "audio": "zh",
        "audio-2": "zh (description)",
        "audio-3": "zh audio-3",
        "audio-4": "audio-4",
    }
