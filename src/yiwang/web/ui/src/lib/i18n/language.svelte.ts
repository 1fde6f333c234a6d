/** The viewer's language: what was chosen last, else what the browser asks for. */

import type { LocalText } from '../api/types'
import { recall, remember } from '../remembered'
import { type Asked, CATALOGUE, filledIn, type Language, LANGUAGES, type Texts } from './catalogue'
import { hoursAndMinutes, timeOfDay } from './clock'
import { MORE, type MoreTexts } from './more'
import { localIn, preferredLanguage, TAGS } from './preferred'

export { hoursAndMinutes, preferredLanguage, timeOfDay }

let current: Language = $state('en')
/** A language of `languages/`, over English */
let other: { readonly tag: string; readonly texts: MoreTexts } | null = $state.raw(null)
let wanted = ''

export function startLanguage(): void {
  setLanguage(preferredLanguage(recall('language'), navigator.languages, Object.keys(MORE)), false)
}

export function setLanguage(chosen: string, byViewer = true): void {
  const own = LANGUAGES.find((one) => one === chosen)
  wanted = chosen
  if (byViewer) remember('language', chosen)
  if (own) return show(own, null)
  show('en', null)
  void MORE[chosen]?.().then(
    (texts) => wanted === chosen && show('en', { tag: chosen, texts }),
    () => undefined, // English it is
  )
}

function show(base: Language, more: typeof other): void {
  current = base
  other = more
  document.documentElement.lang = languageTag()
}

/** The language of texts that there are in two only: those of the network, and what a node says. */
export function language(): Language {
  return current
}

/** What was chosen, of all there are. */
export function chosenLanguage(): string {
  return other?.tag ?? current
}

/** Return what gives a text of a catalogue in the viewer's language. */
export function textsOf<Catalogue extends Record<string, Texts>>(catalogue: Catalogue) {
  return <Key extends keyof Catalogue>(key: Key, ...values: Asked<Catalogue[Key]>): string =>
    filledIn(inOther(key as string, catalogue[key] as Catalogue[Key]), current, ...values)
}

/** A text with that of the other language in place of the English one. */
function inOther<Of extends Texts>(key: string, texts: Of): Of {
  const text = other?.texts[key]
  return text === undefined ? texts : { ...texts, en: text }
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
    return new Intl.DisplayNames([languageTag()], { type: 'language' }).of(tag) ?? tag
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
  const key = `${languageTag()} ${kind}`
  const known = formats.get(key) ?? new Intl.DateTimeFormat(datesTag(), FORMATS[kind])
  formats.set(key, known)
  return known.format(epochMs)
}

/** Days are written as in the viewer's own country, where the browser says which of those that speak the language it is. */
function datesTag(): string {
  const tag = languageTag()
  const asked = typeof navigator === 'undefined' ? [] : navigator.languages
  return asked.find((one) => one.split('-')[0] === tag.split('-')[0]) ?? tag
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
  return other?.tag ?? TAGS[current]
}
