import { beforeAll, describe, expect, it, vi } from 'vitest'

import { LANGUAGES } from './catalogue'
import { hoursAndMinutes, languageTag, setLanguage, timeOfDay } from './language.svelte'

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
