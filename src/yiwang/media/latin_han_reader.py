"""Reads a line of Latin letters, Chinese or Japanese: PP-OCR's recognition network, which rapidocr's wheel carries.

The network looks at a picture of 48 rows, and says for each of its columns of eight which character is there, or none
(connectionist temporal classification). It is run here, by ONNX Runtime with one thread, and not by rapidocr: what that has
beside it - finding text in photographs, loading what is missing from the network - is neither needed nor wanted.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from yiwang.media.subtitle_lines import Grey

ROWS = 48
NARROWEST, WIDEST = 320, 2400
"""Columns of the picture: narrower ones get white beside them, as the network was trained; wider ones are narrowed."""


def model_file() -> Path | None:
    """Return the network's file; None where it is not installed."""
    found = find_spec("rapidocr") if find_spec("onnxruntime") is not None else None
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        for file in sorted(Path(folder).glob("models/PP-OCR*_rec_*.onnx")):
            return file
    return None


class LatinHanReader:
    """The network, loaded. FileNotFoundError: the extra is not installed."""

    def __init__(self) -> None:
        import onnxruntime

        file = model_file()
        if file is None:
            raise FileNotFoundError("no network of PP-OCR")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.use_deterministic_compute = True
        options.enable_cpu_mem_arena = False
        self._session: Any = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        characters = self._session.get_modelmeta().custom_metadata_map["character"].split("\n")
        self._characters = ["", *characters, " "]
        self._input = self._session.get_inputs()[0].name

    def __call__(self, grey: Grey) -> str:
        """Return the characters of a line, black on white."""
        height, width = grey.shape
        columns = min(max(round(width * ROWS / height), 1), WIDEST)
        scaled = Image.fromarray(grey).resize((columns, ROWS), Image.Resampling.BICUBIC)
        picture = np.full((ROWS, max(columns, NARROWEST)), 1, np.float32)
        picture[:, :columns] = np.asarray(scaled, np.float32) / 127.5 - 1
        (scores,) = self._session.run(None, {self._input: np.broadcast_to(picture, (1, 3, *picture.shape))})
        best = scores[0].argmax(axis=1)
        is_new = np.diff(best, prepend=0) != 0
        return "".join(self._characters[n] for n in best[is_new & (best > 0)])
