"""Compile at set-up what a node loads, so that no viewer waits for a compiler: `-m yiwang.services.warm_up`.

Every kernel, into numba's cache: a second of made-up television goes through the whole core, once from read-only and once
from writable memory, as numba compiles the two apart. And Python's own bytecode: an installer may leave it to the first start,
and a node that may not write beside its modules would do that work, three times the rest of its start, at every start.
"""

import compileall
import io
import re
import tempfile
from contextlib import suppress
from fractions import Fraction
from importlib import metadata
from pathlib import Path

import av
import numpy as np

import yiwang
from yiwang.codecs.aac.latm import LatmFramer
from yiwang.codecs.hevc.framer import HevcFramer
from yiwang.kernels import compiled
from yiwang.kernels.dvb_pixel_data import draw_field
from yiwang.mpegts.tr_101_290 import Monitor
from yiwang.net.file_player import FilePlayer
from yiwang.network.guide import Part, Schedule, merge, overlap, update
from yiwang.network.guide.from_xmltv import XmltvSchedules
from yiwang.network.to_xmltv import xmltv_pieces
from yiwang.packaging.settings import Settings
from yiwang.packaging.transport import TransportPackager
from yiwang.services.package_files import package_files
from yiwang.services.probe import Probe
from yiwang.store import machine_codes
from yiwang.store.search import Event, SearchIndex, ServiceEvents, ServiceNames

HEVC_NAL_UNITS = b"\0\0\1\x46\x01\x50\0\0\1\x26\x01\xaf\x80\0\0\1\x02\x01\xd0\x80"
"""A delimiter and two pictures."""

GUIDE_XML = b"<tv><channel id='a'></channel>" + b"".join(
    b"<programme start='20260926%02d0000' stop='20260926%02d%02d00' channel='%c'><title lang='%s'>t</title></programme>"
    % (hour, hour, minute, channel, language)
    for channel, minute, language in ((97, 30, b"zh"), (98, 50, b"en"))
    for hour in (8, 8, 9)
)
"""Two channels, one event of each told twice."""


def made_up_television(seconds: int = 3) -> bytes:
    """Return a small transport stream: H.264 with B-pictures, AAC."""
    file = io.BytesIO()
    with av.open(file, "w", format="mpegts") as container:
        video = container.add_stream("libx264", rate=25, options={"preset": "ultrafast", "bf": "2", "g": "25"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = container.add_stream("aac", rate=48000, layout="stereo")
        for n in range(25 * seconds):
            picture = av.VideoFrame.from_ndarray(np.full((72, 64), n, np.uint8), format="yuv420p")
            picture.pts, picture.time_base = n, Fraction(1, 25)
            container.mux(video.encode(picture))
            sound = av.AudioFrame.from_ndarray(np.zeros((2, 1920), np.float32), format="fltp", layout="stereo")
            sound.sample_rate, sound.pts, sound.time_base = 48000, n * 1920, Fraction(1, 48000)
            container.mux(audio.encode(sound))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return file.getvalue()


def guide() -> None:
    """Send a small guide through everything that a guide goes through."""
    reader = XmltvSchedules()
    for octets in (GUIDE_XML, GUIDE_XML.replace(b"<tv>", b"")):  # the first piece is read with more care than the next
        reader.feed(octets)
    reader.flush()
    one, other = reader.schedules().values()
    whole = merge(
        [Part(schedule=one, fresh=True), Part(schedule=other), Part(schedule=Schedule.from_bytes(one.to_bytes()))]
    )
    update(whole, other)
    overlap(one, other)
    for _ in xmltv_pieces((), [("a", whole)]):
        pass


def search() -> None:
    """Search for a service, a mistake and a synopsis."""
    event = Event(1, 2, "新闻 news", synopsis="新闻联播")
    index = SearchIndex.build([ServiceNames(service_id="a", names=("一网",))], [ServiceEvents("a", [event])])
    for query in ("yiwang", "nwes", "联播", "一网 新闻"):
        index.search(query, 0)


def needed(name: str = "yiwang") -> dict[str, metadata.Distribution]:
    """Return the distributions that one needs whatever it is used for, and those need, as far as they are installed."""
    found: dict[str, metadata.Distribution] = {}
    wanted = [name]
    while wanted:
        with suppress(metadata.PackageNotFoundError):
            distribution = metadata.distribution(wanted.pop())
            if distribution.name not in found:
                found[distribution.name] = distribution
                wanted += [
                    re.split(r"[^\w.-]", one, maxsplit=1)[0]
                    for one in distribution.requires or ()
                    if "extra ==" not in one
                ]
    return found


def bytecode() -> None:
    """Write the bytecode of yiwang and of all that it needs, where there is none; what cannot be written is not."""
    for distribution in needed().values():
        for path in distribution.files or ():
            if path.suffix == ".py" and "tests" not in path.parts:
                compileall.compile_file(str(distribution.locate_file(path)), quiet=2)
    compileall.compile_dir(Path(yiwang.__file__).parent, quiet=2)


def main() -> None:
    """Compile."""
    bytecode()
    guide()
    search()
    octets = made_up_television()
    for memory in (octets, bytearray(octets)):
        monitor = Monitor(measures_buffers=True)
        packager = TransportPackager(None, Settings(segment_90k=90_000), monitor=monitor)
        for at in range(0, len(octets), 188 * 70):
            packager.until_due_ms(np.frombuffer(memory, np.uint8)[at : at + 188 * 70], at)
            packager.feed(memoryview(memory)[at : at + 188 * 70], 90_000 + at)
        packager.flush(0)
        probe = Probe(measures_buffers=True)
        probe.feed(memory)
        probe.flush()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ts"
        path.write_bytes(octets)
        package_files([str(path)], Path(folder) / "a", 90_000, None, ts=True)
    for framer, some in ((LatmFramer(), b"\x56\xe0\x03\x20\x00\x11" * 4), (HevcFramer(), HEVC_NAL_UNITS)):
        framer.feed(np.frombuffer(some, np.uint8).copy(), np.empty((0, 4), np.int64))
        framer.flush()
    draw_field(np.frombuffer(b"\x11\x00", np.uint8), np.zeros((1, 1), np.uint8), 0, 0, 4, False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.ts"
        path.write_bytes(octets)
        with path.open("rb") as file:
            player = FilePlayer(file, loop=True)
            player.load()
            player.load()
    machine_codes.save(compiled.machine_codes())


if __name__ == "__main__":
    main()
