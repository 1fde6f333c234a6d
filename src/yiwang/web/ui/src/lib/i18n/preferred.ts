/** Which language a viewer reads: what was chosen last, else what the browser asks for. Needs no texts. */

import type { LocalText } from '../api/types'
import { type Language, LANGUAGES } from './catalogue'

export const TAGS: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en' }

/** `more`: tags of languages that there are besides. */
export function preferredLanguage(remembered: string | null, browserLanguages: readonly string[], more: readonly string[] = []): string {
  const known = [...LANGUAGES, ...more]
  if (remembered !== null && known.includes(remembered)) return remembered
  for (const tag of browserLanguages) {
    const own = known.find((language) => language.toLowerCase() === tag.toLowerCase())
    const language = own ?? known.find((candidate) => tag.toLowerCase().split('-')[0] === candidate)
    if (language) return language
  }
  return 'en'
}

/** A text of the network in a language, or in the other one when it has none. */
export function localIn(language: Language, text: LocalText): string {
  return text[language] || text.zh || text.en
}

/** What it is called in the other language; empty: the same. */
export function otherName(language: Language, name: LocalText): string {
  const other = language === 'zh' ? name.en : name.zh
  return other === localIn(language, name) ? '' : other
}
