import { describe, expect, it } from 'vitest'

import { API_TEXTS } from './api_texts'
import { CATALOGUE, filledIn, LANGUAGES, type Texts } from './catalogue'
import { CONSOLE_CATALOGUE } from './console'
import { CONSOLE_TEXTS } from './console_texts'
import { preferredLanguage } from './language.svelte'
import { NODE_TEXTS } from './node_texts'
import { OPERATOR_TEXTS } from './operator_texts'

const PARTS = [CATALOGUE, NODE_TEXTS, CONSOLE_TEXTS, OPERATOR_TEXTS]
const ALL: Record<string, Texts> = { ...CONSOLE_CATALOGUE, ...API_TEXTS }

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name)).sort()
}

describe('the catalogue', () => {
  it.each(Object.entries(ALL))('has %s in every language, asking for the same values', (_, texts) => {
    for (const language of LANGUAGES) expect(texts[language].trim()).not.toBe('')
    expect(placeholders(texts.zh)).toEqual(placeholders(texts.en))
  })

  it('has no Chinese in its English texts', () => {
    const foreign = Object.entries(ALL).filter(([key, { en }]) => key !== 'switchLanguage' && /\p{Script=Han}/u.test(en))
    expect(foreign).toEqual([])
  })

  it('has each text once, in the part of those who show it', () => {
    const keys = PARTS.flatMap((part) => Object.keys(part))
    expect(keys.filter((key, place) => keys.indexOf(key) !== place)).toEqual([])
    expect(keys).toHaveLength(Object.keys(CONSOLE_CATALOGUE).length)
  })

  it('fills every placeholder in', () => {
    expect(filledIn(CATALOGUE.behindLive, 'zh', { seconds: 12 })).toBe('-12 秒')
    expect(filledIn(CATALOGUE.nowWatching, 'en', { number: 3, name: 'News' })).toBe('Now watching 3 News')
  })
})

describe('more languages', () => {
  const files = Object.entries(import.meta.glob<Record<string, string>>('./languages/*.json', { import: 'default', eager: true }))

  it('have texts of the catalogue only, which ask for the same values', () => {
    for (const [path, texts] of files)
      for (const [key, text] of Object.entries(texts)) {
        expect(ALL, `${path} has ${key}`).toHaveProperty(key)
        expect(placeholders(text), `${path}: ${key}`).toEqual(placeholders(ALL[key]?.en ?? ''))
      }
  })
})

describe('the language', () => {
  it('is the one chosen last, else the first the browser asks for that we have, else English', () => {
    expect(preferredLanguage('en', ['zh-CN'])).toBe('en')
    expect(preferredLanguage(null, ['zh-Hans-CN', 'en'])).toBe('zh')
    expect(preferredLanguage('xx', ['fr', 'en-GB', 'zh'])).toBe('en')
    expect(preferredLanguage(null, ['fr', 'de'])).toBe('en')
    expect(preferredLanguage(null, [])).toBe('en')
    expect(preferredLanguage(null, ['fr-CA', 'en'], ['fr', 'pt-BR'])).toBe('fr')
    expect(preferredLanguage(null, ['pt-BR', 'en'], ['fr', 'pt-BR'])).toBe('pt-BR')
    expect(preferredLanguage('fr', ['en'], ['fr'])).toBe('fr')
    expect(preferredLanguage('fr', ['en'])).toBe('en')
  })
})
