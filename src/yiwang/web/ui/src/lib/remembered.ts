/** What the browser remembers between visits. Storage may be full or forbidden: then nothing is remembered. */

export type Remembered =
  | 'channel'
  | 'language'
  | 'volume'
  | 'muted'
  | 'protocol'
  | 'audio-language'
  | 'text-language'
  | 'captions'
  | 'favourites'
  | 'reminders'
  | 'places'
  | 'parental'
  | 'reports'
  | 'keyboard'
  | 'console-density'
  | 'console-grouping'

/** Tells the node that this browser has something to say to the page: its document then comes without a first list. */
const KNOWN = 'yiwang_known=1; Path=/; Max-Age=31536000; SameSite=Lax'

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
    document.cookie = KNOWN
  } catch {
    // not remembered
  }
}

/** A record that was remembered as JSON, as far as `read` makes sense of it; what somebody else wrote there is no harm. */
export function recallRecord<T>(what: Remembered, read: (value: unknown) => T): T {
  const text = recall(what)
  try {
    return read(text === null ? undefined : JSON.parse(text))
  } catch {
    return read(undefined)
  }
}

export function rememberRecord(what: Remembered, value: unknown): void {
  remember(what, JSON.stringify(value))
}
