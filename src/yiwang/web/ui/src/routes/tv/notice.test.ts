import { render } from 'svelte/server'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import { LANGUAGES } from '../../lib/i18n/catalogue'
import { setLanguage, t } from '../../lib/i18n/language.svelte'
import type { Notice } from '../../lib/player/notice'
import { service } from '../../lib/testing'
import NoticeCard from './NoticeCard.svelte'

beforeAll(() => {
  vi.stubGlobal('document', { documentElement: {} })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
})

const ACTS = { onretry: () => {}, onlisten: () => {}, onlist: () => {}, onpin: () => false }
const REASON = { zh: '信号源没有数据', en: 'The source sends nothing' }

/** Every way there is to see no picture */
const NOTICES: readonly Notice[] = [
  { kind: 'unreachable' },
  { kind: 'offline' },
  { kind: 'refused' },
  { kind: 'gone' },
  { kind: 'no-signal', reason: REASON },
  { kind: 'no-signal', reason: null },
  { kind: 'starting', reason: null },
  { kind: 'codec', codecs: ['HEVC'] },
  { kind: 'codec', codecs: [] },
  { kind: 'retrying', detail: 'Shaka 1' },
  { kind: 'locked', lock: { by: 'age', age: 16 } },
  { kind: 'locked', lock: { by: 'unknown' } },
  { kind: 'locked', lock: { by: 'hours', untilMinute: 360 } },
  { kind: 'kept', reason: REASON, region: 'bj', until: '2026-12-01T13:00:00Z' },
  { kind: 'kept', reason: REASON, region: '', until: null },
]

describe.each(LANGUAGES)('in %s', (language) => {
  it.each(NOTICES)('$kind has a sentence of its own and a way back', (notice) => {
    setLanguage(language)
    const { body } = render(NoticeCard, { props: { ...ACTS, notice, service: service('a', 7) } })
    const [title, ...sentences] = [...body.matchAll(/<(?:h2|p)[^>]*>([^<]+)</g)].map(([, text]) => text ?? '').filter((text) => !text.startsWith('7 '))
    expect(title).toBeTruthy()
    expect(sentences.join('').length).toBeGreaterThan(5)
    expect(`${title}${sentences.join('')}`).not.toContain('{')
    expect(body).toContain(t('otherChannel'))
    if (notice.kind === 'locked') expect(body).toContain('data-testid="pin"')
    if ('reason' in notice && notice.reason) expect(body).toContain(notice.reason[language])
  })
})
