/** What a viewer may choose from, made from Shaka's tracks. */

import type shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js'

export interface Choice<T> {
  readonly key: string
  readonly track: T
  readonly active: boolean
}

export interface AudioChoice extends Choice<shaka.extern.AudioTrack> {
  readonly language: string
  readonly roles: readonly string[]
  readonly channels: number | null
  readonly codec: string
}

export interface TextChoice extends Choice<shaka.extern.TextTrack> {
  readonly language: string
  readonly roles: readonly string[]
}

export interface QualityChoice extends Choice<shaka.extern.VideoTrack> {
  readonly height: number | null
  readonly frameRate: number | null
  readonly bandwidth: number
}

export interface Choices {
  readonly audio: readonly AudioChoice[]
  readonly text: readonly TextChoice[]
  readonly quality: readonly QualityChoice[]
}

export const NO_CHOICES: Choices = { audio: [], text: [], quality: [] }

type TrackSource = Pick<shaka.Player, 'getAudioTracks' | 'getTextTracks' | 'getVideoTracks'>

export function choicesOf(player: TrackSource): Choices {
  return {
    audio: player.getAudioTracks().map((track, index) => ({
      key: `${track.language}/${track.roles.join('+')}/${track.label ?? ''}/${track.codecs ?? ''}/${index}`,
      track,
      active: track.active,
      language: track.language,
      roles: track.roles,
      channels: track.channelsCount,
      codec: track.codecs ?? '',
    })),
    text: player.getTextTracks().map((track, index) => ({
      key: `${track.language}/${track.label ?? ''}/${index}`,
      track,
      active: track.active,
      language: track.language,
      roles: track.roles,
    })),
    quality: player
      .getVideoTracks()
      .map((track, index) => ({
        key: `${track.height ?? 0}/${track.frameRate ?? 0}/${track.bandwidth}/${index}`,
        track,
        active: track.active,
        height: track.height,
        frameRate: track.frameRate,
        bandwidth: track.bandwidth,
      }))
      .sort((a, b) => (b.height ?? 0) - (a.height ?? 0) || b.bandwidth - a.bandwidth),
  }
}
