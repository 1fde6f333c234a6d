/** Which of the two presentations of a service to play. */

export type Protocol = 'hls' | 'dash'
export type ProtocolChoice = 'auto' | Protocol

export const PROTOCOL_CHOICES: readonly ProtocolChoice[] = ['auto', 'dash', 'hls']

export interface BrowserAbilities {
  /** Media Source Extensions, managed or not */
  readonly mediaSource: boolean
  /** The video element reads playlists itself and does it better than script (Apple) */
  readonly nativeHls: boolean
}

/**
 * Protocols to try, the best first. Automatic is DASH, because it reaches the picture in fewer requests (ADR 0008), and
 * HLS where the system plays it natively.
 */
export function protocolsToTry(choice: ProtocolChoice, abilities: BrowserAbilities): readonly Protocol[] {
  if (!abilities.mediaSource) return ['hls']
  if (choice !== 'auto') return [choice]
  return abilities.nativeHls ? ['hls', 'dash'] : ['dash', 'hls']
}

export function parseProtocolChoice(text: string | null): ProtocolChoice {
  return PROTOCOL_CHOICES.find((choice) => choice === text) ?? 'auto'
}

export function browserAbilities(): BrowserAbilities {
  const apple = navigator.vendor.startsWith('Apple')
  const canPlay = document.createElement('video').canPlayType('application/vnd.apple.mpegurl') !== ''
  return { mediaSource: 'MediaSource' in window || 'ManagedMediaSource' in window, nativeHls: apple && canPlay }
}
