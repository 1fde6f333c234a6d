/** Codecs: the names people know, and whether this browser plays them. */

import type { Track } from '../api/types'

const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^avc[13]\b/, 'H.264/AVC'],
  [/^(hvc1|hev1)\b/, 'H.265/HEVC'],
  [/^(vvc1|vvi1)\b/, 'H.266/VVC'],
  [/^av01\b/, 'AV1'],
  [/^(avs3|lav3)\b/, 'AVS3'],
  [/^mp4a\.40\.2$/, 'AAC'],
  [/^mp4a\.40\.(5|29)$/, 'HE-AAC'],
  [/^mp4a\.40\b/, 'AAC'],
  [/^mp4a\.6[9Bb]$/, 'MPEG audio'],
  [/^ac-3$/, 'AC-3'],
  [/^ec-3$/, 'E-AC-3'],
  [/^ac-4\b/, 'AC-4'],
  [/^opus$/i, 'Opus'],
  [/^stpp\b/, 'TTML'],
  [/^wvtt$/, 'WebVTT'],
]

/** The common name of an RFC 6381 codec string; the string itself when there is none. */
export function codecName(codec: string): string {
  return FAMILIES.find(([pattern]) => pattern.test(codec))?.[1] ?? codec
}

/** Whether a media type such as `video/mp4; codecs="avc1.64001f"` can be decoded. */
export type IsTypeSupported = (type: string) => boolean

export function isPlayable(track: Track, isTypeSupported: IsTypeSupported): boolean {
  return track.kind === 'text' || isTypeSupported(`${track.kind}/mp4; codecs="${track.codec}"`)
}

/**
 * Names of the codecs that keep a service from playing: those of a kind of track, video or audio, that is offered but
 * never playable. Empty when it can play.
 */
export function obstacles(tracks: readonly Track[], isTypeSupported: IsTypeSupported): string[] {
  const names = new Set<string>()
  for (const kind of ['video', 'audio'] as const) {
    const ofKind = tracks.filter((track) => track.kind === kind)
    if (ofKind.some((track) => isPlayable(track, isTypeSupported))) continue
    for (const track of ofKind) names.add(codecName(track.codec))
  }
  return [...names]
}

export function browserIsTypeSupported(type: string): boolean {
  if ('MediaSource' in window) return MediaSource.isTypeSupported(type)
  return document.createElement('video').canPlayType(type) !== ''
}
