/** The keys of headphones, keyboards and lock screens, and what those show of the channel. */

import type { Phase } from './live_player.svelte'

export type MediaKeys = Partial<Record<MediaSessionAction, () => void>>

/** Answer media keys until the returned function is called. A browser that does not know a key goes without it. */
export function answerMediaKeys(keys: MediaKeys, session: MediaSession | undefined = globalThis.navigator?.mediaSession): () => void {
  const set = (action: MediaSessionAction, handler: (() => void) | null) => {
    try {
      session?.setActionHandler(action, handler)
    } catch {
      // a TypeError: not a key of this browser
    }
  }
  const actions = Object.entries(keys) as [MediaSessionAction, () => void][]
  for (const [action, handler] of actions) set(action, handler)
  return () => {
    for (const [action] of actions) set(action, null)
  }
}

/** Tell what plays; null: nothing. */
export function tellWhatPlays(
  what: { readonly title: string; readonly artist: string } | null,
  phase: Phase,
  session: MediaSession | undefined = globalThis.navigator?.mediaSession,
): void {
  if (!session) return
  const silent = what === null || phase === 'idle' || phase === 'failed'
  session.metadata = silent
    ? null
    : new MediaMetadata({ ...what, artwork: [{ src: '/favicon.svg', sizes: 'any', type: 'image/svg+xml' }] })
  session.playbackState = silent ? 'none' : phase === 'paused' ? 'paused' : 'playing'
}
