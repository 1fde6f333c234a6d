import { describe, expect, it } from 'vitest'

import { tile } from '../testing'
import { consolePlaceOf, hashOfConsole } from './console_place'
import { densityFor, grouped, layOut, neighbour, rowsBetween } from './grid'
import { RATES, Tiles, type WholeUpdate } from './tiles'

const node = { uptime_s: 1, cpu_percent: 2, rss_bytes: 3, version: '0' }

function whole(ids: readonly string[]): WholeUpdate {
  const { facts } = tile('x', 1)
  const every = <Value>(value: Value) => ids.map(() => value)
  return {
    now: 1000,
    node,
    name: { zh: '网', en: 'net' },
    regions: [],
    ids,
    columns: {
      health: every(4),
      rate_kbps: every(5000),
      continuity_count_errors: every(0),
      faults: every(0),
      priority_1: every(0),
      priority_2: every(0),
      error_ms: every(0),
      error: every(''),
      error_name: every(''),
      silent_s: every(0),
      rms_db: every(null),
      alarms: every(0),
      requests: every(0),
      waiting: every(0),
      in_use: every(0),
      switches: every(0),
    },
    facts: every(facts),
    rates_kbps: every([4000, 5000]),
  }
}

describe('what the node tells', () => {
  it('is changed where it changed, and what did not change is the same object', () => {
    const tiles = new Tiles()
    tiles.apply(whole(['a', 'b', 'c']))
    const before = tiles.all
    expect(before.map(({ id, health }) => [id, health])).toEqual([['a', 'good'], ['b', 'good'], ['c', 'good']])
    tiles.apply({
      now: 2000,
      node,
      columns: { health: { at: [1], to: [0] }, rate_kbps: { at: [1, 2], to: [0, 5100] }, error: { at: [1], to: ['gone'] } },
      facts: { 2: { ...tile('x', 1).facts, number: 9 } },
    })
    expect(tiles.all[0]).toBe(before[0])
    expect(tiles.all[1]).toMatchObject({ id: 'b', health: 'down', error: 'gone' })
    expect(tiles.all[2]).toMatchObject({ facts: { number: 9 } })
    expect(['a', 'b', 'c'].map((id) => tiles.live.get(id)?.rate_kbps)).toEqual([5000, 0, 5100])
    const same = tiles.all
    tiles.apply({ now: 3000, node, columns: { rate_kbps: { at: [0], to: [4900] }, requests: { at: [1], to: [7] } }, facts: {} })
    expect(tiles.all).toBe(same) // nobody looks another
    expect([tiles.live.get('a')?.rate_kbps, tiles.live.get('b')?.requests]).toEqual([4900, 7])
    expect(tiles.rates.get('a')).toEqual([4000, 5000, 5000, 4900])
    expect(tiles.rates.get('b')).toEqual([4000, 5000, 0, 0])
  })

  it('keeps a minute of bit rates, and begins anew with other channels', () => {
    const tiles = new Tiles()
    tiles.apply(whole(['a']))
    for (let second = 0; second < 2 * RATES; second += 1) {
      tiles.apply({ now: 0, node, columns: { rate_kbps: { at: [0], to: [second] } }, facts: {} })
    }
    expect(tiles.rates.get('a')).toHaveLength(RATES)
    expect(tiles.rates.get('a')?.at(-1)).toBe(2 * RATES - 1)
    tiles.apply(whole(['b']))
    expect([...tiles.rates.keys()]).toEqual(['b'])
  })
})

describe('the board in groups', () => {
  const tiles = [
    tile('a', 1, { region: 'hz', multiplex: 'udp://m1' }),
    tile('b', 2, { region: 'bj', multiplex: 'udp://m1' }),
    tile('c', 3, { region: 'hz', health: 'down', source: 'udp://alone' }),
  ]

  it('has the group with the worst channel first', () => {
    expect(grouped(tiles, 'none').map((group) => group.tiles.map(({ id }) => id))).toEqual([['c', 'a', 'b']])
    expect(grouped(tiles, 'region').map(({ key, tiles: of }) => [key, of.map(({ id }) => id)])).toEqual([
      ['hz', ['c', 'a']],
      ['bj', ['b']],
    ])
    expect(grouped(tiles, 'multiplex').map(({ key }) => key)).toEqual(['udp://alone', 'udp://m1'])
    expect(grouped(tiles, 'region')[0]?.counts).toEqual(new Map([['down', 1], ['good', 1]]))
  })

  it('shows pictures of few channels and shapes of thousands', () => {
    expect([6, 300, 1000, 2000].map(densityFor)).toEqual(['pictures', 'cards', 'numbers', 'dots'])
  })
})

describe('the board in rows', () => {
  const size = { width: 10, height: 4, gap: 2 }
  const many = Array.from({ length: 10 }, (_, index) => tile(`c${index}`, index + 1))
  const layout = layOut(grouped(many, 'none'), 34, size, 0)

  it('has as many columns as there is room for', () => {
    expect([layout.columns, layout.rows.length, layout.height]).toEqual([3, 4, 24])
    expect(layOut(grouped(many, 'none'), 5, size, 0).columns).toBe(1)
    expect(layOut(grouped(many, 'none'), 34, { ...size, hasPicture: true }, 0).rows[1]?.top).toBe(4 + (10 * 9) / 16 + 2)
    const headed = layOut(grouped(many, 'region'), 34, size, 5)
    expect([headed.rows[0]?.group?.key, headed.rows[1]?.top, headed.height]).toEqual(['bj', 5, 29])
  })

  it('has in the document what meets the window', () => {
    const shown = (top: number, bottom: number) => rowsBetween(layout.rows, top, bottom).map((row) => row.top)
    expect(shown(0, 5)).toEqual([0])
    expect(shown(3, 13)).toEqual([0, 6, 12])
    expect(shown(-50, 500)).toEqual([0, 6, 12, 18])
    expect(shown(900, 990)).toEqual([])
  })

  it('is walked with the arrow keys', () => {
    const walk = (id: string, ...keys: string[]) => keys.reduce<string | null>((at, key) => at && neighbour(layout, at, key), id)
    expect(walk('c0', 'ArrowRight', 'ArrowRight', 'ArrowRight')).toBe('c3')
    expect(walk('c1', 'ArrowDown', 'ArrowDown', 'ArrowUp')).toBe('c4')
    expect(walk('c8', 'ArrowDown')).toBe('c9')
    expect(walk('c5', 'End')).toBe('c9')
    expect(walk('c5', 'Home')).toBe('c0')
    expect([walk('c0', 'ArrowLeft'), walk('c9', 'ArrowDown'), walk('c0', 'x')]).toEqual([null, null, null])
  })
})

describe('the address', () => {
  it('leads where it was copied', () => {
    for (const place of [{ kind: 'now' }, { kind: 'network' }, { kind: 'channel', id: 'bj-1.x' }] as const) {
      expect(consolePlaceOf(hashOfConsole(place))).toEqual(place)
    }
    for (const hash of ['', '#', '#channel', '#channel/%', '#anything/else']) expect(consolePlaceOf(hash).kind).toBe('now')
  })
})
