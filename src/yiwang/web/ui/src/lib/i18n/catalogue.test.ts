import { describe, expect, it } from 'vitest'

import { CATALOGUE, LANGUAGES, textIn } from './catalogue'
import { preferredLanguage } from './language.svelte'

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name)).sort()
}

describe('the catalogue', () => {
  it.each(Object.entries(CATALOGUE))('has %s in every language, asking for the same values', (_, texts) => {
    for (const language of LANGUAGES) expect(texts[language].trim()).not.toBe('')
    expect(placeholders(texts.zh)).toEqual(placeholders(texts.en))
  })

  it('has no Chinese in its English texts', () => {
    const foreign = Object.entries(CATALOGUE).filter(([key, { en }]) => key !== 'switchLanguage' && /\p{Script=Han}/u.test(en))
    expect(foreign).toEqual([])
  })

  it('fills every placeholder in', () => {
    expect(textIn('zh', 'behindLive', { seconds: 12 })).toBe('-12 秒')
    expect(textIn('en', 'nowWatching', { number: 3, name: 'News' })).toBe('Now watching 3 News')
  })
})

describe('the language', () => {
  it('is the one chosen last, else the first the browser asks for that we have, else English', () => {
    expect(preferredLanguage('en', ['zh-CN'])).toBe('en')
    expect(preferredLanguage(null, ['zh-Hans-CN', 'en'])).toBe('zh')
    expect(preferredLanguage('xx', ['fr', 'en-GB', 'zh'])).toBe('en')
    expect(preferredLanguage(null, ['fr', 'de'])).toBe('en')
    expect(preferredLanguage(null, [])).toBe('en')
  })
})
