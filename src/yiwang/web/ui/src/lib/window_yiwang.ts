/** `window.__yiwang`: playback figures for tests and support, to be read only. Documented in docs/adr/0008-front-end.md. */

import type { LivePlayer, Phase, PlaybackFigures } from './player/live_player.svelte'

export interface YiwangWindow {
  /** One entry per channel change: from the call to the first frame. */
  readonly zapTimesMs: readonly number[]
  stats(): {
    readonly phase: Phase
    readonly latency_s: number | null
    readonly behind_live_s: number
    readonly figures: PlaybackFigures | null
  }
}

declare global {
  interface Window {
    __yiwang?: YiwangWindow
  }
}

export function publishForTests(player: LivePlayer): void {
  window.__yiwang = Object.freeze({
    get zapTimesMs() {
      return [...player.zapTimesMs]
    },
    stats: () => ({
      phase: player.phase,
      latency_s: player.latencyS,
      behind_live_s: player.behindLiveS,
      figures: player.figures,
    }),
  })
}
