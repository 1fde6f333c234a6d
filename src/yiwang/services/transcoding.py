"""The extra AAC track, as the config wants it: the packager's settings for it."""

from typing import Literal, TypedDict

from yiwang.base.elementary import CodecConfig
from yiwang.packaging.transcoding import PlanTranscoding, TranscoderFactory

TranscodeAudio = Literal["auto", "always", "never"]


class TranscodeSettings(TypedDict):
    """Those of `yiwang.packaging.programme.Settings` that are about it."""

    transcode: PlanTranscoding | None
    transcode_always: bool


def transcode_settings(wanted: TranscodeAudio) -> TranscodeSettings:
    """Return the settings for a channel."""
    return {"transcode": None if wanted == "never" else _plan, "transcode_always": wanted == "always"}


def _plan(config: CodecConfig) -> TranscoderFactory | None:
    from yiwang.media.audio_transcoder import plan_transcoding  # FFmpeg is loaded where it is needed

    return plan_transcoding(config)
