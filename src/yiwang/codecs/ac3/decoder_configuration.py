"""AC3SpecificBox and EC3SpecificBox: what ``dac3`` and ``dec3`` hold (ETSI TS 102 366 F.4, F.6; JOC: TS 103 420 C.3.2)."""

from collections.abc import Sequence
from dataclasses import dataclass

from yiwang.base.elementary import CodecConfig
from yiwang.codecs.aac.bit_writer import BitWriter
from yiwang.codecs.ac3.channels import (
    DUAL_MONO,
    DUAL_MONO_CONFIGURATION,
    chan_loc,
    channel_configuration,
    channel_count,
)
from yiwang.codecs.ac3.syncframe import BLOCK_SAMPLES, DEPENDENT, WHOLE, Substream

MAX_DATA_RATE = 0x1FFF


def ac3_specific(substream: Substream) -> bytes:
    """Return the payload of ``dac3``."""
    bits = BitWriter()
    bits.u(2, substream.header.fscod)
    bits.u(5, substream.bsid)
    bits.u(3, substream.bsmod)
    bits.u(3, substream.acmod)
    bits.u(1, substream.lfeon)
    bits.u(5, substream.bit_rate_code)
    return bits.to_bytes()


@dataclass(frozen=True, slots=True)
class Programme:
    """An independent substream with the dependent ones that follow it."""

    independent: Substream
    dependent: tuple[Substream, ...]

    @property
    def channels(self) -> int:
        """Channels of all its substreams, as bits of chanmap."""
        found = self.independent.channels
        for substream in self.dependent:
            found |= substream.channels
        return found

    def write(self, bits: BitWriter) -> None:
        """Append its entry."""
        first = self.independent
        bits.u(2, first.header.fscod)
        bits.u(5, first.bsid)
        bits.u(2, 0)  # asvc among them: a track is complete in itself
        bits.u(3, first.bsmod)
        bits.u(3, first.acmod)
        bits.u(1, first.lfeon)
        bits.u(3, 0)
        bits.u(4, len(self.dependent))
        if self.dependent:
            bits.u(9, chan_loc(self.channels & ~first.channels))
        else:
            bits.u(1, 0)


def programmes(substreams: Sequence[Substream]) -> list[Programme]:
    """Sort the substreams of an access unit, which begins with an independent one; each counts once."""
    found: list[Programme] = []
    seen: set[tuple[bool, int, int]] = set()
    for substream in substreams:
        is_dependent = substream.header.strmtyp == DEPENDENT
        if not is_dependent:
            key = (False, substream.header.substreamid, 0)
            if key not in seen:
                found.append(Programme(substream, ()))
        else:
            key = (True, found[-1].independent.header.substreamid, substream.header.substreamid)
            if key not in seen:
                found[-1] = Programme(found[-1].independent, (*found[-1].dependent, substream))
        seen.add(key)
    return found


def ec3_specific(found: Sequence[Programme], data_rate: int) -> bytes:
    """Return the payload of ``dec3``; ``data_rate`` in kbit/s."""
    bits = BitWriter()
    bits.u(13, min(data_rate, MAX_DATA_RATE))
    bits.u(3, min(len(found), 8) - 1)
    for programme in found[:8]:
        programme.write(bits)
    joc = found[0].independent.joc_complexity
    if joc:
        bits.u(7, 0)
        bits.u(1, 1)  # flag_ec3_extension_type_a
        bits.u(8, joc)
    return bits.to_bytes()


def codec_config(substreams: Sequence[Substream], n_octets: int) -> CodecConfig:
    """Return the configuration of a track that carries such access units.

    Parameters
    ----------
    substreams : sequence of Substream    of an access unit, in their order
    n_octets : int                        its length, which gives the data rate of E-AC-3
    """
    first = substreams[0]
    frequency = first.header.sampling_frequency
    if not any(substream.header.is_enhanced for substream in substreams):
        return _config("ac-3", ac3_specific(first), first, first.channels)
    found = programmes(substreams)
    data_rate = (8 * n_octets * frequency + 1000 * WHOLE * BLOCK_SAMPLES // 2) // (1000 * WHOLE * BLOCK_SAMPLES)
    return _config("ec-3", ec3_specific(found, data_rate), first, found[0].channels)


def _config(sample_entry: str, decoder_config: bytes, first: Substream, chanmap: int) -> CodecConfig:
    return CodecConfig(
        kind="audio",
        sample_entry=sample_entry,
        codec=sample_entry,
        decoder_config=decoder_config,
        sampling_frequency=first.header.sampling_frequency,
        channels=channel_count(chanmap),
        samples_per_frame=WHOLE * BLOCK_SAMPLES,
        channel_configuration=DUAL_MONO_CONFIGURATION if first.acmod == DUAL_MONO else channel_configuration(chanmap),
        dolby_channel_map=chanmap,
        joc_complexity=first.joc_complexity,
    )
