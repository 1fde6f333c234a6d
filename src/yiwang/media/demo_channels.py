"""Who is who in the demo: two invented regions and their channels. No real broadcaster is meant."""

from dataclasses import dataclass

PROVIDER_ZH = "一网演示"

LOOP_SECONDS = 60
FRAMES_PER_SECOND = 25
GOP_FRAMES = 50


@dataclass(frozen=True, slots=True)
class DemoRegion:
    """A region: its id and its name in both languages."""

    id: str
    name_zh: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Look:
    """How a channel looks and sounds; colours are sRGB."""

    sky: tuple[str, str]  # top, bottom
    ridges: tuple[str, str, str]  # far, middle, near
    accent: str
    swell: float  # how high the ridges move, 0 hills to 1 sea
    tone_hz: int


@dataclass(frozen=True, slots=True)
class DemoChannel:
    """One service of the demo, and the file that its transport stream lies in.

    ``width`` and ``height`` are coded samples; ``sar`` the shape of a sample. ``languages`` are ISO 639-2/T, one for each
    audio track.
    """

    id: str
    number: int  # logical channel number
    name_zh: str
    name_en: str
    region: DemoRegion
    service_id: int
    width: int
    height: int
    look: Look
    b_frames: int = 0
    sar: tuple[int, int] = (1, 1)
    languages: tuple[str, ...] = ("zho",)

    @property
    def file_name(self) -> str:
        """Name of its file in the folder of the demo."""
        return f"{self.id}.ts"


NORTHFIELD = DemoRegion("northfield", "北原", "Northfield")
SOUTHPORT = DemoRegion("southport", "南港", "Southport")

_DAWN = Look(("#16243f", "#e08a5b"), ("#6b4a63", "#43304f", "#241d33"), "#ffb454", 0.15, 220)
_PEAKS = Look(("#0d1b2e", "#7fb2d6"), ("#54759a", "#33516f", "#182a3f"), "#8fd3ff", 0.1, 262)
_MEADOW = Look(("#2b6f8f", "#f3e3a8"), ("#8fb46a", "#5b8f4e", "#2f5f3c"), "#ffe066", 0.35, 330)
_HARBOUR = Look(("#101a3a", "#5d6fb3"), ("#3c4f8c", "#283a70", "#141f47"), "#ff7a90", 0.55, 247)
_OCEAN = Look(("#053b50", "#9fe0d6"), ("#3aa6a6", "#1d7583", "#0a3f52"), "#9ff5e0", 1.0, 196)
_INK = Look(("#3a1029", "#f0b7a4"), ("#b0506b", "#7a2f54", "#431638"), "#ffd1dc", 0.4, 294)

CHANNELS = (
    DemoChannel("northfield-news", 1, "北原新闻", "Northfield News", NORTHFIELD, 101, 1280, 720, _DAWN),
    DemoChannel("northfield-uhd", 2, "北原超高清", "Northfield UHD", NORTHFIELD, 102, 3840, 2160, _PEAKS),
    DemoChannel(
        "northfield-kids", 3, "北原少儿", "Northfield Kids", NORTHFIELD, 103, 720, 576, _MEADOW, 2, (64, 45)
    ),
    DemoChannel(
        "southport-one", 4, "南港综合", "Southport One", SOUTHPORT, 201, 1920, 1080, _HARBOUR, 2,
        languages=("zho", "eng"),
    ),
    DemoChannel("southport-ocean", 5, "南港海洋", "Southport Ocean", SOUTHPORT, 202, 1280, 720, _OCEAN, 2),
    DemoChannel("southport-arts", 6, "南港文艺", "Southport Arts", SOUTHPORT, 203, 1280, 720, _INK),
)  # fmt: skip
