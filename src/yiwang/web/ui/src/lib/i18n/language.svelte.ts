/** The viewer's language: what was chosen last, else what the browser asks for. */

import type { LocalText } from '../api/types'
import { recall, remember } from '../remembered'
import { type Asked, CATALOGUE, filledIn, type Language, type Texts } from './catalogue'
import { hoursAndMinutes, timeOfDay } from './clock'
import { localIn, preferredLanguage, TAGS } from './preferred'

export { hoursAndMinutes, preferredLanguage, timeOfDay }

let current: Language = $state('en')

export function startLanguage(): void {
  setLanguage(preferredLanguage(recall('language'), navigator.languages), false)
}

export function setLanguage(language: Language, chosen = true): void {
  current = language
  document.documentElement.lang = TAGS[language]
  if (chosen) remember('language', language)
}

export function language(): Language {
  return current
}

/** Return what gives a text of a catalogue in the viewer's language. */
export function textsOf<Catalogue extends Record<string, Texts>>(catalogue: Catalogue) {
  return <Key extends keyof Catalogue>(key: Key, ...values: Asked<Catalogue[Key]>): string =>
    filledIn(catalogue[key], current, ...values)
}

/** A text of the web TV, or one that all pages share. */
export const t = textsOf(CATALOGUE)

/** A text of the network in the viewer's language, or in the other one when it has none. */
export function local(text: LocalText): string {
  return localIn(current, text)
}

/** The name of a language, in the viewer's language; null when the tag says nothing. */
export function languageName(tag: string): string | null {
  if (tag === '' || tag === 'und') return null
  try {
    return new Intl.DisplayNames([TAGS[current]], { type: 'language' }).of(tag) ?? tag
  } catch {
    return tag
  }
}

const CLOCK = { hourCycle: 'h23' } as const
const FORMATS = {
  'date and time': { ...CLOCK, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  day: { weekday: 'short', day: 'numeric', month: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

/** By language and kind: making one takes longer than writing a hundred times with it. */
const formats = new Map<string, Intl.DateTimeFormat>()

function formatted(kind: keyof typeof FORMATS, epochMs: number): string {
  const key = `${current} ${kind}`
  const known = formats.get(key) ?? new Intl.DateTimeFormat(TAGS[current], FORMATS[kind])
  formats.set(key, known)
  return known.format(epochMs)
}

export function dateAndTime(epochMs: number): string {
  return formatted('date and time', epochMs)
}

/** `Fri 27 Nov`, as short as the language allows. */
export function dayName(epochMs: number): string {
  return formatted('day', epochMs)
}

/** The same, but `Today` and the days beside it by that name. */
export function dayNear(epochMs: number, nowMs: number): string {
  const noon = (atMs: number) => new Date(atMs).setHours(12, 0, 0, 0)
  const days = Math.round((noon(epochMs) - noon(nowMs)) / 86_400_000)
  if (days < -1 || days > 1) return dayName(epochMs)
  return t(days === 0 ? 'today' : days > 0 ? 'tomorrow' : 'yesterday')
}

/** `19:00–19:35`, in the viewer's own time. */
export function timeSpan(startMs: number, stopMs: number): string {
  return `${hoursAndMinutes(startMs)}–${hoursAndMinutes(stopMs)}`
}

/** `19:00`, or with its day where that is not within a day from now. */
export function momentSoon(epochMs: number, nowMs: number): string {
  return Math.abs(epochMs - nowMs) < 72_000_000 ? hoursAndMinutes(epochMs) : `${dayName(epochMs)} ${hoursAndMinutes(epochMs)}`
}

/** The language's BCP 47 tag, for requests and `Intl`. */
export function languageTag(): string {
  return TAGS[current]
}
