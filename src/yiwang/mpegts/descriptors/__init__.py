"""One room for each descriptor: a dataclass with ``parse(payload)`` and ``to_bytes()``."""

from yiwang.mpegts.descriptors.aac import AacDescriptor
from yiwang.mpegts.descriptors.ac3 import Ac3Descriptor
from yiwang.mpegts.descriptors.bouquet_name import BouquetNameDescriptor
from yiwang.mpegts.descriptors.ca import CaDescriptor
from yiwang.mpegts.descriptors.caption_service import CaptionServiceDescriptor
from yiwang.mpegts.descriptors.data_stream_alignment import DataStreamAlignmentDescriptor
from yiwang.mpegts.descriptors.enhanced_ac3 import EnhancedAc3Descriptor
from yiwang.mpegts.descriptors.iso_639_language import Iso639LanguageDescriptor
from yiwang.mpegts.descriptors.local_time_offset import LocalTimeOffsetDescriptor
from yiwang.mpegts.descriptors.logical_channel import LogicalChannelDescriptor
from yiwang.mpegts.descriptors.maximum_bitrate import MaximumBitrateDescriptor
from yiwang.mpegts.descriptors.network_name import NetworkNameDescriptor
from yiwang.mpegts.descriptors.opus_audio import OpusAudioDescriptor
from yiwang.mpegts.descriptors.registration import RegistrationDescriptor
from yiwang.mpegts.descriptors.service import ServiceDescriptor
from yiwang.mpegts.descriptors.service_list import ServiceListDescriptor
from yiwang.mpegts.descriptors.short_event import ShortEventDescriptor
from yiwang.mpegts.descriptors.stream_identifier import StreamIdentifierDescriptor
from yiwang.mpegts.descriptors.subtitling import SubtitlingDescriptor
from yiwang.mpegts.descriptors.supplementary_audio import SupplementaryAudioDescriptor
from yiwang.mpegts.descriptors.teletext import TeletextDescriptor

__all__ = [
    "AacDescriptor",
    "Ac3Descriptor",
    "BouquetNameDescriptor",
    "CaDescriptor",
    "CaptionServiceDescriptor",
    "DataStreamAlignmentDescriptor",
    "EnhancedAc3Descriptor",
    "Iso639LanguageDescriptor",
    "LocalTimeOffsetDescriptor",
    "LogicalChannelDescriptor",
    "MaximumBitrateDescriptor",
    "NetworkNameDescriptor",
    "OpusAudioDescriptor",
    "RegistrationDescriptor",
    "ServiceDescriptor",
    "ServiceListDescriptor",
    "ShortEventDescriptor",
    "StreamIdentifierDescriptor",
    "SubtitlingDescriptor",
    "SupplementaryAudioDescriptor",
    "TeletextDescriptor",
]
