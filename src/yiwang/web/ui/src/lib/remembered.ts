/** What the browser remembers between visits. Storage may be full or forbidden: then nothing is remembered. */

export type Remembered = 'channel' | 'language' | 'volume' | 'muted' | 'protocol' | 'audio-language' | 'text-language'

export function recall(what: Remembered): string | null {
  try {
    return localStorage.getItem(`yiwang.${what}`)
  } catch {
    return null
  }
}

export function remember(what: Remembered, value: string): void {
  try {
    localStorage.setItem(`yiwang.${what}`, value)
  } catch {
    // not remembered
  }
}
