"""What is transcoded, as the config wants it: the packager's settings for it."""

from typing import Literal, TypedDict

from yiwang.base.elementary import CodecConfig
from yiwang.packaging.bridge import PlanBridge
from yiwang.packaging.transcoding import PlanTranscoding, Transcoder, TranscoderFactory
from yiwang.packaging.video_transcoding import PlanVideoTranscoding, VideoTranscoderFactory

TranscodeAudio = Literal["auto", "always", "never"]
TranscodeVideo = Literal["auto", "never"]


class TranscodeSettings(TypedDict):
    """Those of `yiwang.packaging.settings.Settings` that are about it."""

    transcode: PlanTranscoding | None
    transcode_always: bool
    transcode_video: PlanVideoTranscoding | None
    bridge: PlanBridge | None


def transcode_settings(audio: TranscodeAudio, video: TranscodeVideo = "auto") -> TranscodeSettings:
    """Return the settings for a channel."""
    return {
        "transcode": None if audio == "never" else _plan,
        "transcode_always": audio == "always",
        "transcode_video": None if video == "never" else _plan_video,
        "bridge": None if audio == "never" else _plan_bridge,
    }


def _plan(config: CodecConfig) -> TranscoderFactory | None:
    from yiwang.media.audio_transcoder import plan_transcoding  # FFmpeg is loaded where it is needed

    return plan_transcoding(config)


def _plan_bridge(of: CodecConfig, to: CodecConfig) -> Transcoder | None:
    from yiwang.media.sound_bridge import plan_bridge

    return plan_bridge(of, to)


def _plan_video(config: CodecConfig) -> VideoTranscoderFactory | None:
    from yiwang.media.video_transcoder import plan_video_transcoding

    return plan_video_transcoding(config)
