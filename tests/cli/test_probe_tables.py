"""What `yiwang probe` shows people of service information."""

import json

from tests.services.test_on_air import stream
from yiwang.cli.probe import run


def shown(octets: bytes, tmp_path, capsys) -> str:
    path = tmp_path / "in.ts"
    path.write_bytes(octets)
    run(str(path), json=False, duration_s=5)
    return capsys.readouterr().out


def test_networks_events_and_applications_are_shown(tmp_path, capsys):
    text = shown(stream(), tmp_path, capsys)
    assert "  now  2027-01-15 08:30Z 30 min 新闻联播" in text
    assert "  next 2027-01-15 09:00Z 30 min 天气预报" in text
    assert "network 3 广电" in text
    assert "7 (1) 8 (31)" in text
    assert "HbbTV autostart Red http://hbbtv.test/a/index.html" in text
    assert text.index("program 7") < text.index("新闻联播") < text.index("program 8")


def test_a_capture_of_a_network_is_shown_whole(captures, capsys):
    run(str(captures / "tsduck/test-108.ts"), json=True, duration_s=5)
    tables = json.loads(capsys.readouterr().out)["tables"]
    assert len(tables["present_following"]) == 22
    assert {s["is_actual"] for s in tables["services"]} == {True, False}
    run(str(captures / "tsduck/test-108.ts"), json=False, duration_s=5)
    text = capsys.readouterr().out
    assert "now  2022-01-16 09:55Z 55 min Santa Messa" in text
    assert "HbbTV" in text
    assert "https://www.raiplay.it/hbbtv/RaiPlay2020/index.html" in text
    assert "guide present and following of 22 services" in text
