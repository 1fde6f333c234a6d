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
  [/^mp4a\.40\.32$/, 'MP1'],
  [/^mp4a\.40\.33$/, 'MP2'],
  [/^mp4a\.(6[9Bb]|40\.34)$/, 'MP3'],
  [/^mp4a\.40\b/, 'AAC'],
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

/** Names of the codecs of a kind of track that is offered but never playable; empty when one of it is. */
function unplayable(kind: Track['kind'], tracks: readonly Track[], isTypeSupported: IsTypeSupported): string[] {
  const ofKind = tracks.filter((track) => track.kind === kind)
  if (ofKind.some((track) => isPlayable(track, isTypeSupported))) return []
  return [...new Set(ofKind.map((track) => codecName(track.codec)))]
}

/** Names of the codecs that keep a service from playing: of its pictures, or of its sound where it has no pictures. */
export function obstacles(tracks: readonly Track[], isTypeSupported: IsTypeSupported): string[] {
  const kind = tracks.some((track) => track.kind === 'video') ? 'video' : 'audio'
  return unplayable(kind, tracks, isTypeSupported)
}

/** Names of the codecs for which a service with pictures plays without its sound. */
export function soundObstacles(tracks: readonly Track[], isTypeSupported: IsTypeSupported): string[] {
  return tracks.some((track) => track.kind === 'video') ? unplayable('audio', tracks, isTypeSupported) : []
}

export function browserIsTypeSupported(type: string): boolean {
  if ('MediaSource' in window) return MediaSource.isTypeSupported(type)
  return document.createElement('video').canPlayType(type) !== ''
}
