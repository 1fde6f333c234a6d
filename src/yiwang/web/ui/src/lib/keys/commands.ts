/** Keys of keyboards and remote controls, and what they mean to a viewer. */

export type Command =
  | { readonly kind: 'zap'; readonly step: 1 | -1 }
  | { readonly kind: 'digit'; readonly digit: number }
  | { readonly kind: 'volume'; readonly step: 1 | -1 }
  | { readonly kind: 'mini-guide'; readonly step: 1 | -1 }
  | {
      readonly kind:
        | 'confirm'
        | 'back'
        | 'previous-channel'
        | 'full-screen'
        | 'mute'
        | 'pause'
        | 'info'
        | 'list'
        | 'settings'
        | 'live'
        | 'picture-in-picture'
        | 'guide'
        | 'search'
        | 'mine'
    }

export type KeyPress = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'altKey' | 'metaKey'>

/** Up means the channel above in the list on the screen, as the arrows look; ChannelUp on a remote control means the next number. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['ArrowUp', { kind: 'zap', step: -1 }],
  ['ArrowDown', { kind: 'zap', step: 1 }],
  ['PageUp', { kind: 'zap', step: -1 }],
  ['PageDown', { kind: 'zap', step: 1 }],
  ['ChannelUp', { kind: 'zap', step: 1 }],
  ['ChannelDown', { kind: 'zap', step: -1 }],
  ['MediaTrackNext', { kind: 'zap', step: 1 }],
  ['MediaTrackPrevious', { kind: 'zap', step: -1 }],
  ['Enter', { kind: 'confirm' }],
  ['Escape', { kind: 'back' }],
  ['GoBack', { kind: 'back' }],
  ['Backspace', { kind: 'previous-channel' }],
  ['r', { kind: 'previous-channel' }],
  ['f', { kind: 'full-screen' }],
  ['m', { kind: 'mute' }],
  [' ', { kind: 'pause' }],
  ['MediaPlayPause', { kind: 'pause' }],
  ['i', { kind: 'info' }],
  ['Info', { kind: 'info' }],
  ['l', { kind: 'list' }],
  ['ArrowLeft', { kind: 'mini-guide', step: -1 }],
  ['ArrowRight', { kind: 'mini-guide', step: 1 }],
  ['g', { kind: 'guide' }],
  ['Guide', { kind: 'guide' }],
  ['/', { kind: 'search' }],
  ['BrowserSearch', { kind: 'search' }],
  ['h', { kind: 'mine' }],
  ['BrowserFavorites', { kind: 'mine' }],
  ['s', { kind: 'settings' }],
  ['Settings', { kind: 'settings' }],
  ['End', { kind: 'live' }],
  ['p', { kind: 'picture-in-picture' }],
  ['+', { kind: 'volume', step: 1 }],
  ['=', { kind: 'volume', step: 1 }],
  ['-', { kind: 'volume', step: -1 }],
])

/** What a key press asks for, or null. Presses with Ctrl, Alt or Meta belong to the browser. */
export function commandOf({ key, ctrlKey, altKey, metaKey }: KeyPress): Command | null {
  if (ctrlKey || altKey || metaKey) return null
  if (/^[0-9]$/.test(key)) return { kind: 'digit', digit: Number(key) }
  return COMMANDS.get(key.length === 1 ? key.toLowerCase() : key) ?? null
}
