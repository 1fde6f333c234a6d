import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { network, service } from '../testing'
import { EventFeed } from './event_feed.svelte'
import { ask } from '../first/ask'
import { changedNetwork } from './network_change'
import { clockOffsetMs } from './server_clock'

class FakeEventSource extends EventTarget {
  static readonly all: FakeEventSource[] = []
  closed = false

  constructor(readonly url: string) {
    super()
    FakeEventSource.all.push(this)
  }

  close(): void {
    this.closed = true
  }

  say(event: string, data: unknown, lastEventId = ''): void {
    this.dispatchEvent(new MessageEvent(event, { data: JSON.stringify(data), lastEventId }))
  }
}

describe('an event feed', () => {
  const sources = FakeEventSource.all
  let stop = () => {}

  beforeEach(() => {
    sources.length = 0
    vi.useFakeTimers()
    vi.stubGlobal('EventSource', FakeEventSource)
  })
  afterEach(() => {
    stop()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('opens with the first event and keeps the latest value', () => {
    const feed = new EventFeed<number>('/api/x', 'x')
    stop = feed.start()
    expect([feed.state, feed.value]).toEqual(['connecting', null])
    sources[0]?.say('other', 1)
    expect(feed.value).toBeNull()
    sources[0]?.say('x', 2)
    sources[0]?.say('x', 3)
    expect([feed.state, feed.value]).toEqual(['open', 3])
  })

  it('keeps the value and its time while it is lost, and comes back by itself', () => {
    const feed = new EventFeed<number>('/api/x', 'x')
    stop = feed.start()
    sources[0]?.say('x', 2)
    const seen = feed.lastSeenMs
    sources[0]?.dispatchEvent(new Event('error'))
    expect([feed.state, feed.value, feed.lastSeenMs, sources[0]?.closed]).toEqual(['lost', 2, seen, true])
    vi.advanceTimersByTime(500)
    expect(sources).toHaveLength(2)
    sources[1]?.say('x', 4)
    expect([feed.state, feed.value]).toEqual(['open', 4])
  })

  it('waits longer after each failure, but never longer than 8 s', () => {
    const feed = new EventFeed<number>('/api/x', 'x')
    stop = feed.start()
    for (const delay of [500, 1_000, 2_000, 4_000, 8_000, 8_000]) {
      const before = sources.length
      sources.at(-1)?.dispatchEvent(new Event('error'))
      vi.advanceTimersByTime(delay - 1)
      expect(sources).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(sources).toHaveLength(before + 1)
    }
  })

  it('takes a silent connection for a dead one, where silence is not normal', () => {
    const feed = new EventFeed<number>('/api/x', 'x', { silenceLimitMs: 5_000 })
    stop = feed.start()
    sources[0]?.say('x', 1)
    vi.advanceTimersByTime(4_999)
    expect(feed.state).toBe('open')
    vi.advanceTimersByTime(1)
    expect(feed.state).toBe('lost')
  })

  describe('of changes', () => {
    const first = () => ask<number>('/first')
    const follow = { first, event: 'more', change: (value: number, news: unknown) => value + (news as number) }
    const begin = async (answer: Response | Error): Promise<EventFeed<number>> => {
      vi.stubGlobal('fetch', () => (answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)))
      const feed = new EventFeed<number>('/api/x', 'x', { follow })
      stop = feed.start()
      expect(sources).toHaveLength(0)
      await vi.advanceTimersByTimeAsync(0)
      return feed
    }

    it('goes on from the value that was asked for first', async () => {
      const feed = await begin(new Response('40', { headers: { ETag: 'W/"a-1"' } }))
      expect([feed.value, feed.state, sources[0]?.url]).toEqual([40, 'connecting', '/api/x?since=a-1'])
      sources[0]?.say('more', 2, 'a-2')
      expect([feed.value, feed.state]).toEqual([42, 'open'])
      sources[0]?.dispatchEvent(new Event('error'))
      await vi.advanceTimersByTimeAsync(500)
      expect(sources[1]?.url).toBe('/api/x?since=a-2')
      sources[1]?.say('x', 7, 'b-1') // another node: everything anew
      sources[1]?.say('more', 1, 'b-2')
      expect(feed.value).toBe(8)
    })

    it('is told everything where it could not ask', async () => {
      for (const answer of [new Error('away'), new Response('', { status: 503 })]) {
        sources.length = 0
        const feed = await begin(answer)
        expect([feed.value, sources[0]?.url]).toEqual([null, '/api/x'])
        sources[0]?.say('more', 2, 'a-2') // of what, nobody knows
        expect(feed.value).toBeNull()
        sources[0]?.say('x', 5, 'a-3')
        expect(feed.value).toBe(5)
      }
    })
  })

  it('stays closed once it is stopped', () => {
    const feed = new EventFeed<number>('/api/x', 'x', { silenceLimitMs: 1_000 })
    feed.start()()
    vi.advanceTimersByTime(60_000)
    expect(sources).toHaveLength(1)
    expect(sources[0]?.closed).toBe(true)
  })
})

it('a network changes by the fields that are told; what is not told stays the same object', () => {
  const [a, b, c] = [service('a', 1), service('b', 2), service('c', 3)]
  const after = changedNetwork(network([a, b, c]), { services: [{ id: 'b', number: 9 }, service('d', 4)], gone: ['a'] })
  expect(after.services).toEqual([c, service('d', 4), { ...b, number: 9 }])
  expect(after.services[0]).toBe(c)
  const same = network([a])
  expect(changedNetwork(same, { services: [], gone: [] })).toBe(same)
})

it('a server clock is compared half way between request and answer, by the fastest answer', () => {
  const slow = { sentMs: 1_000, receivedMs: 3_000, serverMs: 9_000 }
  const fast = { sentMs: 1_000, receivedMs: 1_200, serverMs: 5_100 }
  expect(clockOffsetMs([fast])).toBe(4_000)
  expect(clockOffsetMs([slow, fast, slow])).toBe(4_000)
  expect(clockOffsetMs([])).toBeNull()
})
