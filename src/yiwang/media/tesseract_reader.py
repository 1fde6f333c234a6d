"""Reads a line with Tesseract and its data of one language: letters that `latin_han_reader` does not know, or confuses.

tesserocr's wheel has the library; the data come from the system (Debian's tesseract-ocr-ell and so on).
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from PIL import Image

from yiwang.media.subtitle_lines import Grey

ROWS = 48
EDGE = 12
FOLDERS = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tesseract-ocr/4.00/tessdata", "/usr/share/tessdata")

ONLY = frozenset(
    (
        *("amh", "ara", "bel", "ben", "bul", "ell", "fas", "guj", "heb", "hin", "hye", "kan", "kat", "kaz"),
        *("khm", "kir", "kor", "lao", "mal", "mar", "mkd", "mon", "mya", "nep", "pan", "pus", "rus", "sin"),
        *("srp", "tam", "tat", "tel", "tgk", "tha", "uig", "ukr", "urd", "vie", "yid"),
    )
)
"""Languages, by ISO 639-2/T and as Tesseract names their data, of which the other reader does not know the letters."""
BETTER = frozenset(
    (
        "ces",
        "dan",
        "hun",
        "isl",
        "lav",
        "pol",
        "ron",
        "slk",
        "spa",
        "tur",
    )
)
"""Those with letters that it confuses: ť and t', Ź and Ż, ð and d, ¡ and nothing (ADR 63)."""


def data_folder(language: str) -> str | None:
    """Return the folder with the data of a language; None where they, or the library, are not installed."""
    if find_spec("tesserocr") is None:
        return None
    for folder in (os.environ.get("TESSDATA_PREFIX", ""), *FOLDERS):
        if folder and (Path(folder) / f"{language}.traineddata").is_file():
            return folder
    return None


def is_for(language: str) -> bool:
    """Tell whether a language is read by it: nothing else can, or its data are there and nothing else is as good."""
    return language in ONLY or (language in BETTER and data_folder(language) is not None)


class TesseractReader:
    """The data of one language, loaded. FileNotFoundError: they are not installed."""

    def __init__(self, language: str) -> None:
        import tesserocr

        folder = data_folder(language)
        if folder is None:
            raise FileNotFoundError(f"no data of Tesseract for {language}")
        self._api: Any = tesserocr.PyTessBaseAPI(
            path=folder, lang=language, psm=tesserocr.PSM.SINGLE_LINE, oem=tesserocr.OEM.LSTM_ONLY
        )

    def __call__(self, grey: Grey) -> str:
        """Return the characters of a line, black on white."""
        height, width = grey.shape
        columns = max(1, round(width * ROWS / height))
        scaled = Image.fromarray(grey).resize((columns, ROWS), Image.Resampling.BICUBIC)
        picture = Image.new("L", (columns + 2 * EDGE, ROWS + 2 * EDGE), 255)
        picture.paste(scaled, (EDGE, EDGE))
        self._api.SetImage(picture)
        return str(self._api.GetUTF8Text())
