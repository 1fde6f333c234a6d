/** What a node says of its network, in the viewer's language where its words are known, else as the node has it. */

import type { Language } from '../i18n/catalogue'
import { KIND_TEXTS, PERIOD_TEXTS, SAID_TEXTS, VALUE_TEXTS } from '../i18n/said_texts'

export interface Clause {
  readonly code: string
  readonly values: Readonly<Record<string, string>>
}

export interface Sentence {
  readonly text: string
  /** Of the text, where it is not the viewer's */
  readonly lang: string | undefined
}

/** Clauses that say where it is what the next one says. */
const PLACES: ReadonlySet<string> = new Set(['at', 'in-playlist', 'in-segment', 'in-map', 'without-sound', 'of-service', 'of-source', 'of-output', 'map-unread', 'numbers-may-fall', 'list-of-programmes', 'unreadable', 'not-toml', 'toml-line', 'toml-end'])

export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (asked, name: string) => values[name] ?? asked)
}

function inWords(values: Readonly<Record<string, string>>, language: Language): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, VALUE_TEXTS[value]?.[language] ?? value]))
}

/** `otherwise`: the node's own English. */
export function sentence(said: readonly Clause[] | undefined, otherwise: string, language: Language): Sentence {
  const clauses = said ?? [] // an older node says no codes
  if (language === 'en') return { text: otherwise, lang: undefined }
  const known = clauses.flatMap(({ code, values }) => {
    const texts = SAID_TEXTS[code]
    return texts ? [filled(texts[language], inWords(values, language))] : []
  })
  if (known.length === 0 || known.length < clauses.length) return { text: otherwise, lang: 'en' }
  const places = clauses.flatMap(({ code }, place) => (PLACES.has(code) ? [place] : []))
  const text = known.map((one, place) => one + (place === known.length - 1 ? '' : places.includes(place) ? '：' : '，')).join('')
  return { text: text.replace('但是，', '但是'), lang: undefined }
}

/** Why a period of a channel began. */
export function periodReason(reason: string, language: Language): Sentence {
  const known = PERIOD_TEXTS[reason]
  return { text: known?.[language] ?? reason, lang: known || reason === '' || language === 'en' ? undefined : 'en' }
}

export function kindWord(kind: string, language: Language): string {
  return KIND_TEXTS[kind]?.[language] ?? kind
}
