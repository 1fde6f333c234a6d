/** Which language a viewer reads: what was chosen last, else what the browser asks for. Needs no texts. */

import type { LocalText } from '../api/types'
import { type Language, LANGUAGES } from './catalogue'

export const TAGS: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en' }

export function preferredLanguage(remembered: string | null, browserLanguages: readonly string[]): Language {
  const chosen = LANGUAGES.find((language) => language === remembered)
  if (chosen) return chosen
  for (const tag of browserLanguages) {
    const language = LANGUAGES.find((candidate) => tag.toLowerCase().split('-')[0] === candidate)
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
