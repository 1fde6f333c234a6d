import { beforeAll, describe, expect, it, vi } from 'vitest'

import { LANGUAGES } from './catalogue'
import { chosenLanguage, hoursAndMinutes, language, languageTag, setLanguage, t, timeOfDay } from './language.svelte'

vi.mock('./more', () => ({
  MORE: {
    fr: async () => ({ channels: 'Chaînes', goToLive: 'Direct, {seconds} s plus loin' }),
    de: () => Promise.reject(new Error('is not there')),
  },
}))

beforeAll(() => {
  vi.stubGlobal('document', { documentElement: {} })
})

describe.each(LANGUAGES)('the time of day in %s', (language) => {
  it.each(['2026-05-01T00:00:00', '2026-05-01T07:05:09', '2026-12-31T23:59:59'])('is written as the browser would: %s', (local) => {
    setLanguage(language, false)
    const written = (timeStyle: 'short' | 'medium') =>
      new Intl.DateTimeFormat(languageTag(), { hourCycle: 'h23', timeStyle }).format(Date.parse(local))
    expect(hoursAndMinutes(Date.parse(local))).toBe(written('short'))
    expect(timeOfDay(Date.parse(local))).toBe(written('medium'))
  })
})

describe('a language of a file', () => {
  it('is over English, which fills what it has not', async () => {
    setLanguage('fr', false)
    expect([t('channels'), chosenLanguage()]).toEqual(['Channels', 'en']) // until it is read
    await vi.waitFor(() => expect(chosenLanguage()).toBe('fr'))
    expect([t('channels'), t('goToLive', { seconds: 3 }), t('search')]).toEqual(['Chaînes', 'Direct, 3 s plus loin', 'Search'])
    expect([languageTag(), language(), document.documentElement.lang]).toEqual(['fr', 'en', 'fr'])
  })

  it('goes where another is chosen meanwhile, and is English where it cannot be read', async () => {
    setLanguage('fr', false)
    setLanguage('zh', false)
    await new Promise((done) => setTimeout(done))
    expect([t('channels'), languageTag()]).toEqual(['频道', 'zh-CN'])
    setLanguage('de', false)
    await new Promise((done) => setTimeout(done))
    expect([t('channels'), languageTag()]).toEqual(['Channels', 'en'])
  })
})
