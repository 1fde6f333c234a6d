import { describe, expect, it } from 'vitest'

import type { GuideEvent } from '../api/types'
import { service } from '../testing'
import type { Showing } from '../api/guide_api'
import { briefOf } from './brief'

const NOW_MS = Date.parse('2026-05-01T12:00:00Z')

function showing(title: string, startMin: number, stopMin: number): Showing {
  const at = (minutes: number) => NOW_MS + 60_000 * minutes
  return { startMs: at(startMin), stopMs: at(stopMin), title, subTitle: '', text: '', genre: '', subject: '', age: null, flags: [] }
}

function event(title: string, start: string | null, duration_s: number | null): GuideEvent {
  return { title, text: '', language: 'en', start, duration_s, genre: '', age: null }
}

const told = service('a', 1, 'bj', { now: event('Told', '2026-05-01T11:45:00Z', 3600), next: event('Then', '2026-05-01T12:45:00Z', 60) })

describe('what a row says of a channel', () => {
  it('is what the guide has', () => {
    const brief = briefOf(told, [showing('Now', -30, 30), showing('Next', 30, 60)], NOW_MS)
    expect(brief).toEqual({ title: 'Now', language: '', over: 0.5, next: expect.objectContaining({ title: 'Next' }) })
  })

  it('is what the stream tells, until the guide has something', () => {
    const next = { title: 'Then', startMs: NOW_MS + 45 * 60_000 }
    expect(briefOf(told, undefined, NOW_MS)).toEqual({ title: 'Told', language: 'en', over: 0.25, next })
    expect(briefOf(told, [showing('Later', 50, 60)], NOW_MS)).toMatchObject({ title: 'Told', next: { title: 'Later' } })
  })

  it('is no more than is known', () => {
    expect(briefOf(service('a', 1), [], NOW_MS)).toEqual({ title: '', language: '', over: null, next: null })
    const vague = service('a', 1, 'bj', { now: event('Told', null, null), next: event('Over', '2026-05-01T11:00:00Z', 60) })
    expect(briefOf(vague, undefined, NOW_MS)).toEqual({ title: 'Told', language: 'en', over: null, next: null })
  })
})
