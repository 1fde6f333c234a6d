"""Hands and eyes of a viewer in front of the web TV."""

import json
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import until

FIRST_PICTURE_S = 20
TOUCHED = "document.querySelector('video')"


class Tv:
    """A page of the web TV, seen through the screen and through `window.__yiwang`."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def stats(self) -> dict[str, Any]:
        """What the page says of its playback."""
        stats: dict[str, Any] = self.page.evaluate("window.__yiwang.stats()")
        return stats

    def zaps(self) -> int:
        """How many channels have shown a first frame."""
        count: int = self.page.evaluate("window.__yiwang.zapTimesMs.length")
        return count

    def media_time(self) -> float:
        """Seconds; runs while the picture does."""
        seconds: float = self.page.evaluate(f"{TOUCHED}.currentTime")
        return seconds

    def decoded_frames(self) -> int:
        """Frames the browser's decoder has given since the channel was opened."""
        frames: int = self.page.evaluate(f"{TOUCHED}.getVideoPlaybackQuality().totalVideoFrames")
        return frames

    def is_muted(self) -> bool:
        """Whether the video element is silent."""
        muted: bool = self.page.evaluate(f"{TOUCHED}.muted")
        return muted

    def picture(self) -> tuple[int, int]:
        """Width and height of what is decoded."""
        width, height = self.page.evaluate(f"[{TOUCHED}.videoWidth, {TOUCHED}.videoHeight]")
        return width, height

    def now(self) -> str:
        """Name of the channel, as the bar shows it."""
        return self.page.get_by_test_id("now-name").inner_text()

    def tuned(self) -> str:
        """Id of the service in the address bar."""
        return self.page.url.partition("#/")[2]

    def remember(self, **values: str) -> None:
        """Let the browser come with something remembered from an earlier visit."""
        items = json.dumps({f"yiwang.{key}": value for key, value in values.items()})
        self.page.evaluate(f"Object.entries({items}).forEach(([key, value]) => localStorage.setItem(key, value))")

    def wait_until_playing(self, frames: int = 10) -> None:
        """Wait until the picture really moves: some frames decoded, and the media time running."""
        until(lambda: self.stats()["phase"] == "playing", FIRST_PICTURE_S, "the phase to be playing")
        until(lambda: self.decoded_frames() >= frames, FIRST_PICTURE_S, "decoded frames")
        since = self.media_time()
        until(lambda: self.media_time() > since, FIRST_PICTURE_S, "the media time to run")

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def zap_with(self, *keys: str) -> None:
        """Press keys that change the channel, and wait for its first frame."""
        before = self.zaps()
        self.press(*keys)
        until(lambda: self.zaps() > before, FIRST_PICTURE_S, f"a first frame after {keys}")
