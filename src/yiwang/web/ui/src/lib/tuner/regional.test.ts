import { describe, expect, it } from 'vitest'

import type { Restriction } from '../api/types'
import { service } from '../testing'
import { keptFrom } from './regional'

const sport: Restriction = { id: 'rights', regions: ['hz', ''], reason: { zh: '版权', en: 'rights' }, instead: 'news', until: null }
const news = service('news', 2)
const match = service('match', 1, 'bj', { restrictions: [sport] })

describe('what is kept from a viewer', () => {
  it('is nothing where no restriction is against his region', () => {
    expect(keptFrom(match, 'bj', [match, news])).toBeNull()
    expect(keptFrom(news, 'hz', [match, news])).toBeNull()
  })

  it('has the substitute in its place, also for who is nobody knows where', () => {
    expect(keptFrom(match, 'hz', [match, news])).toEqual({ restriction: sport, instead: news })
    expect(keptFrom(match, '', [match, news])?.instead).toBe(news)
  })

  it('has nothing in its place where the substitute is not on, not there, kept from him too, or the service itself', () => {
    for (const other of [service('news', 2, 'bj', { state: 'no-signal' }), service('news', 2, 'bj', { restrictions: [sport] })]) {
      expect(keptFrom(match, 'hz', [match, other])).toEqual({ restriction: sport, instead: null })
    }
    expect(keptFrom(match, 'hz', [match])?.instead).toBeNull()
    const itself = service('news', 1, 'bj', { restrictions: [sport] })
    expect(keptFrom(itself, 'hz', [itself])?.instead).toBeNull()
  })
})
