import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { CmcdReports, GATHER_MS, INTERVAL_MS, line, type Played, type Send, type Watched } from './cmcd'

const PLAYED: Played = {
  protocol: 'dash',
  lowLatency: true,
  bitRateBps: 5_128_000,
  throughputBps: 25_437_000,
  bufferedS: 4.26,
  latencyS: 1.5204,
  droppedFrames: 3,
  playbackRate: 1,
}

/** Keys and values of a report, as they are written. */
function read(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/([a-z]+)(?:=("[^"]*"|\([^)]*\)|[^,]*))?(?:,|$)/g)].map(([, key, value]) => [key, value ?? 'yes']))
}

describe('a line', () => {
  it('has its keys in order, and none without a value', () => {
    expect(line({ v: 2, bs: true, e: 't', cid: '"x"', msd: null })).toBe('bs,cid="x",e=t,v=2')
  })
})

describe('reports', () => {
  let sent: string[]
  let answer: 'taken' | 'lost' | 'unwanted'
  let reports: CmcdReports

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_764_216_000_000 })
    vi.stubGlobal('document', { hidden: false })
    sent = []
    answer = 'taken'
    const send: Send = (body) => {
      sent.push(body)
      return Promise.resolve(answer)
    }
    reports = new CmcdReports(send, () => PLAYED)
    reports.allow(true)
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  function follow(phase: Watched['phase'], more: Partial<Watched> = {}): void {
    reports.follow({ channel: 'one', phase, stillMs: 0, error: null, ...more })
  }

  const lines = () => sent.join('').trim().split('\n').filter(Boolean).map(read)
  const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)

  it('tell a channel from its choice to its first picture, in one request', async () => {
    follow('loading')
    await wait(640)
    follow('playing')
    await wait(GATHER_MS)
    expect(sent).toHaveLength(1)
    const [start, first] = lines()
    expect(start).toMatchObject({ cid: '"one"', e: 'ps', sn: '0', sta: 's', v: '2', ts: '1764216000000', sf: 'd', st: 'll' })
    expect(first).toMatchObject({ sta: 'p', sn: '1', msd: '640', ab: '(5128;av)', bl: '(4300)', mtp: '(25400)', ltc: '1520', dfa: '3' })
    expect(start?.['msd']).toBeUndefined()
    expect(first?.['sid']).toBe(start?.['sid'])
    expect(first?.['sid']).toMatch(/^"[0-9a-f]{32}"$/)
  })

  it('come every half a minute, and say the delay of the start once', async () => {
    follow('loading')
    follow('playing')
    await wait(2 * INTERVAL_MS + GATHER_MS)
    const told = lines().filter((one) => one['e'] === 't')
    expect(told.map((one) => [one['sn'], one['sta']])).toEqual([['2', 'p'], ['3', 'p']])
    expect(lines().filter((one) => 'msd' in one)).toHaveLength(1)
  })

  it('count how often and for how long the picture stood still, from when it did', async () => {
    follow('playing')
    await wait(1_000)
    follow('waiting', { stillMs: 500 })
    await wait(1_500)
    follow('playing')
    follow('waiting', { stillMs: 500 })
    await wait(INTERVAL_MS)
    const told = lines()
    expect(told.filter((one) => one['e'] === 'ps').map((one) => [one['bsa'], one['bsda']])).toEqual([
      ['(0)', '(0)'],
      ['(1)', '(500)'],
      ['(1)', '(2000)'],
      ['(2)', '(2500)'],
    ])
    expect(Number(told.at(-1)?.['bsda']?.slice(1, -1))).toBeGreaterThan(2_500) // it goes on
  })

  it('of another channel are another session, and the first one has ended', async () => {
    follow('playing')
    follow('loading', { channel: 'two' })
    await wait(GATHER_MS)
    const [one, left, two] = lines()
    expect([one?.['sta'], left?.['sta'], two?.['sta']]).toEqual(['p', 'q', 's'])
    expect([left?.['cid'], two?.['cid'], two?.['sn']]).toEqual(['"one"', '"two"', '0'])
    expect(two?.['sid']).not.toBe(one?.['sid'])
  })

  it('name an error before the state it leads to', async () => {
    follow('failed', { error: 'Shaka "3016"\n' })
    await wait(GATHER_MS)
    expect(lines().map((one) => [one['e'], one['ec'], one['sta']])).toEqual([['e', '("Shaka 3016")', 'f'], ['ps', undefined, 'f']])
  })

  it('are sent at once when the page is left', () => {
    follow('playing')
    reports.leave()
    expect(lines().map((one) => one['sta'])).toEqual(['p', 'q'])
  })

  it('that do not arrive are sent again with the next, the oldest given up', async () => {
    answer = 'lost'
    for (let n = 0; n < 100; n += 1) follow(n % 2 ? 'paused' : 'playing')
    await wait(GATHER_MS)
    answer = 'taken'
    sent.length = 0
    await wait(INTERVAL_MS)
    expect(lines().length).toBeLessThanOrEqual(60)
    expect(lines().at(-1)?.['e']).toBe('t')
  })

  it('stop where the node wants none, and where the viewer does', async () => {
    answer = 'unwanted'
    follow('playing')
    await wait(GATHER_MS)
    sent.length = 0
    follow('paused')
    await wait(INTERVAL_MS)
    expect(sent).toEqual([])
    reports.allow(true)
    answer = 'taken'
    follow('playing')
    reports.allow(false)
    await wait(INTERVAL_MS)
    expect(sent).toEqual([])
  })
})
