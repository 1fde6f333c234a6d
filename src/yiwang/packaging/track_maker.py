"""The tracks of a new period: what each is called, its CMAF header, and who writes it."""

from collections.abc import Iterable

from yiwang.base.elementary import CodecConfig
from yiwang.base.events import Fault
from yiwang.base.timebase import TICKS_90K
from yiwang.isobmff.header import cmaf_header
from yiwang.packaging.events import Outcome, TrackHeader
from yiwang.packaging.inputs import AudioInput, VideoInput
from yiwang.packaging.names import ordinal
from yiwang.packaging.outputs import LONGEST_STILL_90K, AudioOutput, VideoOutput
from yiwang.packaging.period import OpenPeriod
from yiwang.packaging.settings import Settings
from yiwang.packaging.text import TextInput, TextOutput, TextTrack
from yiwang.packaging.text_inputs import READ_SUFFIX
from yiwang.packaging.track_writer import TrackWriter
from yiwang.packaging.transcoding import TranscodedOutput, TranscoderFactory, browsers_play
from yiwang.packaging.video_transcoding import BROWSERS_DO_NOT_PLAY, TranscodingWriter

SOUND_TRACK_ID, TEXT_TRACK_ID = 100, 200
"""The numbers of sound and text tracks are so much above their ordinals."""
COPY_SUFFIX, COPY_TRACK_ID = "-aac", 100
"""Names of extra tracks end so, and their numbers are so much above those of the originals."""


class TrackMaker:
    """Adds tracks to a period and returns their headers.

    Parameters
    ----------
    settings : Settings
    out : list of Outcome     what the tracks publish is appended here
    faults : list of Fault    so are faults
    """

    def __init__(self, settings: Settings, out: list[Outcome], faults: list[Fault]) -> None:
        self._settings = settings
        self._out = out
        self._faults = faults

    def plan_copies(self, configs: dict[AudioInput, CodecConfig]) -> dict[AudioInput, TranscoderFactory]:
        """Choose the sound that gets an extra track, of all that a period has."""
        plan = self._settings.transcode
        if plan is None:
            return {}
        refused = {source: config for source, config in configs.items() if not browsers_play(config)}
        if len(refused) < len(configs) and not self._settings.transcode_always:
            return {}
        factories = {source: plan(config) for source, config in refused.items()}
        return {source: factory for source, factory in factories.items() if factory is not None}

    def add_video(self, period: OpenPeriod, source: VideoInput, config: CodecConfig) -> TrackHeader:
        """Add the video: of its own samples, or of those it is transcoded to."""
        part_90k, plan = self._settings.part_90k, self._settings.transcode_video
        factory = plan(config) if plan is not None and config.sample_entry in BROWSERS_DO_NOT_PLAY else None

        def undecodable() -> None:
            self._faults.append(Fault("undecodable_picture", pid=source.spec.pid, detail="left out"))

        header = self._header(source, config if factory is None else factory.config)
        writer = (
            TrackWriter(header, part_90k, self._out)
            if factory is None
            else TranscodingWriter(header, part_90k, self._out, factory, undecodable)
        )
        period.video = VideoOutput(config, writer, None if self._settings.live else LONGEST_STILL_90K)
        writer.begin_segment(period.number)
        return header

    def add_audio(
        self, period: OpenPeriod, source: AudioInput, config: CodecConfig, factory: TranscoderFactory | None
    ) -> list[TrackHeader]:
        """Add a track of sound, and one that ``factory`` makes of it."""
        part_90k = self._settings.part_90k
        headers = [self._header(source, config)]
        copy = None
        if factory is not None:
            headers.append(self._header(source, factory.config, COPY_SUFFIX, COPY_TRACK_ID))

            def undecodable() -> None:
                self._faults.append(
                    Fault("undecodable_sound", pid=source.spec.pid, detail="silence in the extra track")
                )

            copy = TranscodedOutput(headers[1], part_90k, self._out, factory, undecodable)
        period.add_audio(source, AudioOutput(headers[0], part_90k, self._out, copy))
        return headers

    def add_texts(self, period: OpenPeriod, tracks: Iterable[tuple[TextInput, TextTrack]]) -> list[TrackHeader]:
        """Add all text tracks there are, whether or not anything is said."""
        headers = []
        for source, track in tracks:
            page, name = track.page, track.name.removesuffix(READ_SUFFIX)
            track_id = TEXT_TRACK_ID + ordinal(name) + (COPY_TRACK_ID if track.name != name else 0)
            headers.append(self._named(track.name, track_id, TICKS_90K, track.config, page.language, page.role))
            part_90k = self._settings.part_90k
            period.add_text(TextOutput(headers[-1], source, track, part_90k, period.base, period.offset, self._out))
        return headers

    def _header(
        self, source: VideoInput | AudioInput, config: CodecConfig, suffix: str = "", above: int = 0
    ) -> TrackHeader:
        spec, is_video = source.spec, source.spec.kind == "video"
        timescale = TICKS_90K if is_video else config.sampling_frequency
        track_id = above + ordinal(source.name) + (0 if is_video else SOUND_TRACK_ID)
        return self._named(source.name + suffix, track_id, timescale, config, spec.language, spec.role)

    def _named(
        self, name: str, track_id: int, timescale: int, config: CodecConfig, language: str, role: str
    ) -> TrackHeader:
        octets = cmaf_header(config, track_id, timescale, language)
        init_name = self._settings.init_name(name, octets)
        return TrackHeader(name, track_id, timescale, config, language, role, init_name, octets)
