import { afterEach, describe, expect, it, vi } from 'vitest'

import type { GuideWindow, Showing } from '../api/guide_api'
import { axisAround, DAYS, dayJumps, halfHours, HOUR_MS, isSameDay, MINUTE_MS, minutesOf, scrollToSee } from './axis'
import { cellAt, cellsOf, neighbourMs, nowAndNext, progress } from './cells'
import { BLOCK_MS, BLOCK_ROWS, GuideStore } from './guide_store.svelte'
import { marked } from './marked'
import { OnAir } from './on_air.svelte'

const NOW_MS = 30_000 * HOUR_MS + 20 * MINUTE_MS

function showing(startMs: number, stopMs: number, title = `at ${startMs}`): Showing {
  return { startMs, stopMs, title, subTitle: '', text: '', genre: '', subject: '', age: null, flags: [] }
}

describe('cells', () => {
  const [one, two] = [showing(-10, 20), showing(30, 60)]

  it('fill the span, programmes whole, and gaps no further than its ends', () => {
    expect(cellsOf([one, two], 0, 100)).toEqual([
      { startMs: -10, stopMs: 20, showing: one },
      { startMs: 20, stopMs: 30, showing: null },
      { startMs: 30, stopMs: 60, showing: two },
      { startMs: 60, stopMs: 100, showing: null },
    ])
    expect(cellsOf([], 5, 9)).toEqual([{ startMs: 5, stopMs: 9, showing: null }])
    expect(cellsOf([one, two], 100, 200).map((cell) => cell.showing)).toEqual([null])
  })

  it('are walked one by one, as far as they are known', () => {
    const cells = cellsOf([one, two], 0, 100)
    expect(cellAt(cells, 25)?.showing).toBeNull()
    expect([neighbourMs(cells, 10, 1), neighbourMs(cells, 40, -1), neighbourMs(cells, -10, -1), neighbourMs(cells, 500, 1)]).toEqual([
      20, 20, null, null,
    ])
  })

  it('tell what is on and next, also in a gap, and how far it is', () => {
    expect(nowAndNext([one, two], 0)).toEqual({ now: one, next: two })
    expect(nowAndNext([one, two], 25)).toEqual({ now: null, next: two })
    expect(nowAndNext([one, two], 70)).toEqual({ now: null, next: null })
    expect([progress(two, 0), progress(two, 45), progress(two, 90), progress(showing(5, 5), 5)]).toEqual([0, 0.5, 1, 0])
  })
})

describe('the axis', () => {
  const axis = axisAround(NOW_MS)

  it('begins on an hour before now and reaches a week beyond', () => {
    expect(axis.startMs % HOUR_MS).toBe(0)
    expect(axis.startMs).toBeLessThan(NOW_MS)
    expect(axis.stopMs).toBeGreaterThan(NOW_MS + (24 * DAYS - 1) * HOUR_MS)
    expect(minutesOf(axis)).toBe((axis.stopMs - axis.startMs) / 60_000)
  })

  it('has marks each half hour, none outside', () => {
    expect(halfHours(axis, axis.startMs - HOUR_MS, axis.startMs + HOUR_MS)).toEqual([axis.startMs, axis.startMs + HOUR_MS / 2])
    expect(halfHours(axis, axis.stopMs, axis.stopMs + HOUR_MS)).toEqual([])
  })

  it('jumps to the same time of each day', () => {
    const jumps = dayJumps(axis, NOW_MS)
    expect(jumps).toHaveLength(DAYS)
    expect(new Set(jumps.map((at) => new Date(at).getHours())).size).toBe(1)
    expect(isSameDay(jumps[0] ?? 0, NOW_MS)).toBe(true)
    expect(isSameDay(jumps[1] ?? 0, NOW_MS)).toBe(false)
  })

  it('scrolls no more than is needed to see a cell', () => {
    expect(scrollToSee(100, 200, 50, 500, 60)).toBe(50) // whole
    expect(scrollToSee(0, 300, 200, 500, 60)).toBe(200) // enough of it
    expect(scrollToSee(0, 230, 200, 500, 60)).toBe(0) // too little
    expect(scrollToSee(600, 800, 200, 500, 60)).toBe(300) // its end comes in
    expect(scrollToSee(600, 1_900, 200, 500, 60)).toBe(600) // larger than the room: its beginning
    expect(scrollToSee(900, 1_000, 0, 500, 60)).toBe(500)
  })
})

describe('the store', () => {
  function rowsOf(offset: number, count: number, fromMs: number): GuideWindow['rows'] {
    return Array.from({ length: count }, (_, index) => ({
      id: `s${offset + index}`,
      channel: '',
      number: offset + index,
      name: { zh: '', en: '' },
      logo: '',
      place: offset + index,
      showings: [showing(fromMs - HOUR_MS, fromMs + 2 * HOUR_MS), showing(fromMs + 2 * HOUR_MS, fromMs + BLOCK_MS + HOUR_MS)],
    }))
  }
  const answering = (total: number) =>
    vi.fn(({ offset = 0, limit = 0, fromMs }: { offset?: number; limit?: number; fromMs: number }) =>
      Promise.resolve({ total, rows: rowsOf(offset, Math.min(limit, total - offset), fromMs) }),
    )

  it('asks for whole blocks once, and joins what reaches over their edges', async () => {
    const ask = answering(40)
    const store = new GuideStore({ region: 'bj', channels: null }, 'en', ask)
    const span = { firstRow: 30, endRow: 40, fromMs: 10, toMs: BLOCK_MS + 1 }
    store.want(span)
    await vi.waitFor(() => expect(store.version).toBe(4))
    expect(ask.mock.calls.map(([query]) => [query.offset, query.fromMs])).toEqual([
      [0, 0], [0, BLOCK_MS], [BLOCK_ROWS, 0], [BLOCK_ROWS, BLOCK_MS],
    ]) // prettier-ignore
    expect(store.total).toBe(40)
    expect(store.service(39)?.id).toBe('s39')
    const starts = store.cells(33, 0, 2 * BLOCK_MS)?.map((cell) => cell.startMs)
    expect(starts?.[0]).toBe(-HOUR_MS)
    expect(new Set(starts).size).toBe(starts?.length)
    store.want(span)
    expect(ask).toHaveBeenCalledTimes(4)
    expect(store.cells(33, 9 * BLOCK_MS, 10 * BLOCK_MS)).toBeNull()
  })

  it('asks for what lies behind the edge when one comes near it, after all that is seen', async () => {
    const ask = answering(80)
    const store = new GuideStore({ region: '', channels: null }, 'en', ask)
    store.want({ firstRow: 0, endRow: 1, fromMs: 0, toMs: 1 })
    await vi.waitFor(() => expect(store.version).toBe(1))
    store.want({ firstRow: 0, endRow: 20, fromMs: 0, toMs: BLOCK_MS / 2 })
    expect(ask).toHaveBeenCalledTimes(1)
    store.want({ firstRow: 25, endRow: BLOCK_ROWS + 1, fromMs: 0, toMs: BLOCK_MS - HOUR_MS })
    await vi.waitFor(() => expect(store.version).toBe(4))
    expect(ask.mock.calls.slice(1).map(([query]) => [query.offset, query.fromMs])).toEqual([
      [BLOCK_ROWS, 0], [0, BLOCK_MS], [BLOCK_ROWS, BLOCK_MS],
    ]) // prettier-ignore
  })

  it('gives up what is out of sight before it is answered', async () => {
    const signals: AbortSignal[] = []
    const ask = vi.fn((_query: object, _lang: string, signal?: AbortSignal) => {
      if (signal) signals.push(signal)
      return new Promise<GuideWindow>((_, reject) => signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    })
    const store = new GuideStore({ region: '', channels: null }, 'en', ask)
    store.want({ firstRow: 0, endRow: 10, fromMs: 0, toMs: 1 })
    store.want({ firstRow: 500, endRow: 510, fromMs: 0, toMs: 1 })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    await Promise.resolve()
    expect(store.failed).toBe(false)
    store.stop()
    expect(signals.every(({ aborted }) => aborted)).toBe(true)
  })

  it('says that it fails and tries again by itself', async () => {
    vi.useFakeTimers()
    const ask = vi.fn().mockRejectedValueOnce(new Error('away')).mockImplementation(answering(3))
    const store = new GuideStore({ region: '', channels: ['a'] }, 'en', ask)
    store.want({ firstRow: 0, endRow: 1, fromMs: 0, toMs: 1 })
    await vi.advanceTimersByTimeAsync(0)
    expect(store.failed).toBe(true)
    await vi.advanceTimersByTimeAsync(5_000)
    expect([store.failed, store.total]).toEqual([false, 3])
    expect(ask.mock.calls[1]?.[0]).toMatchObject({ channels: ['a'], brief: true })
    vi.useRealTimers()
  })

  it('asks for nothing where no channel is wanted', () => {
    const ask = answering(9)
    const store = new GuideStore({ region: '', channels: [] }, 'en', ask)
    store.want({ firstRow: 0, endRow: 1, fromMs: 0, toMs: 1 })
    expect([store.total, ask.mock.calls.length]).toEqual([0, 0])
  })

  it('forgets the rows when their number changes', async () => {
    let total = 2
    const ask = vi.fn((query: { offset?: number; limit?: number; fromMs: number }) => answering(total)(query))
    const store = new GuideStore({ region: '', channels: null }, 'en', ask)
    store.want({ firstRow: 0, endRow: 2, fromMs: 0, toMs: 1 })
    await vi.waitFor(() => expect(store.total).toBe(2))
    total = 1
    store.want({ firstRow: 0, endRow: 2, fromMs: BLOCK_MS, toMs: BLOCK_MS + 1 })
    await vi.waitFor(() => expect(store.total).toBe(1))
    expect(store.service(1)).toBeUndefined()
    expect(store.cells(0, 0, 1)).toBeNull()
  })
})

describe('what is on', () => {
  const NOW_MS = 1_800_000_000_000
  const HOURS_MS = 8 * HOUR_MS
  afterEach(() => vi.unstubAllGlobals())

  it('is told, or being asked for, or cannot be told', async () => {
    const answer = vi.fn().mockRejectedValueOnce(new Error('away'))
    answer.mockImplementation(() => Promise.resolve(new Response('{"revision": 1, "total": 0, "rows": []}')))
    vi.stubGlobal('fetch', answer)
    const onAir = new OnAir()
    expect(onAir.isTold('a', NOW_MS)).toBeNull()
    await onAir.want(['a', 'b'], 'en', NOW_MS)
    expect([onAir.isTold('a', NOW_MS), onAir.isTold('b', NOW_MS), onAir.isTold('c', NOW_MS)]).toEqual([false, false, null])
    await onAir.want(['a'], 'en', NOW_MS)
    expect([onAir.isTold('a', NOW_MS), onAir.isTold('b', NOW_MS)]).toEqual([true, false])
    expect([onAir.isTold('a', NOW_MS + HOURS_MS - 60_000), onAir.isTold('a', NOW_MS + HOURS_MS)]).toEqual([true, null]) // it told no more
  })

  it('is told of hours that are over without a hole, once each, and not where the guide is away', async () => {
    const beginMs = Math.floor((NOW_MS - HOURS_MS) / HOUR_MS) * HOUR_MS
    const told = (ms: number) => new Date(ms).toISOString()
    const event = (title: string, from: number, to: number) => ({ start: told(beginMs + from), stop: told(beginMs + to), title, sub_title: '', text: '', genre: '', subject: '', age: 16, flags: [] })
    const row = { id: 's', channel: 'a', number: 1, names: [], logo: '', place: 0, events: [event('one', 0, 1.5 * HOUR_MS), event('two', 1.5 * HOUR_MS, 3 * HOUR_MS)] }
    const answer = vi.fn().mockRejectedValueOnce(new Error('away'))
    answer.mockImplementation(() => Promise.resolve(new Response(JSON.stringify({ revision: 1, total: 1, rows: [row] }))))
    vi.stubGlobal('fetch', answer)
    const onAir = new OnAir()
    expect(onAir.isToldAt('a', beginMs)).toBeNull()
    await onAir.wantAt('a', beginMs)
    expect(onAir.isToldAt('a', beginMs)).toBe(false)
    await onAir.wantAt('a', beginMs)
    await onAir.wantAt('a', beginMs + 1)
    expect(answer).toHaveBeenCalledTimes(2)
    expect([onAir.isToldAt('a', beginMs), onAir.isToldAt('b', beginMs)]).toEqual([true, null])
    expect(onAir.at('a', beginMs).now?.title).toBe('one')
    // the next hour is known before it is asked for, so that nothing stands still at its beginning
    expect([onAir.isToldAt('a', beginMs + HOUR_MS), onAir.at('a', beginMs + 1.5 * HOUR_MS).now?.title]).toEqual([true, 'two'])
    expect(onAir.isToldAt('a', beginMs + 2 * HOUR_MS)).toBeNull()
  })
})

describe('what was looked for', () => {
  it('is marked by characters, also where they are more than one unit', () => {
    expect(marked('𠮷野家新闻', [[3, 5]])).toEqual([{ text: '𠮷野家', hit: false }, { text: '新闻', hit: true }])
    expect(marked('abc', [])).toEqual([{ text: 'abc', hit: false }])
  })

  it('stands in a cut-out of a long text', () => {
    const pieces = marked(`${'x'.repeat(100)}hit${'y'.repeat(100)}`, [[100, 103]], 40)
    expect(pieces.map(({ text }) => text)).toEqual(['…', 'x'.repeat(10), 'hit', 'y'.repeat(27), '…'])
    expect(pieces.filter(({ hit }) => hit)).toHaveLength(1)
  })
})
