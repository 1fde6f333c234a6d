import { describe, expect, it } from 'vitest'

import { tile } from '../testing'
import { type Filter, matches, worstFirst } from './health'
import { sparklinePaths } from './sparkline'

describe('the order of the board', () => {
  it('puts the worst first, then goes by number', () => {
    const tiles = (['good', 'unplayable', 'down', 'starting', 'faulty', 'down'] as const).map((health, index) =>
      tile(`c${index}`, 10 - index, { health }),
    )
    expect(worstFirst(tiles).map(({ facts, health }) => [health, facts.number])).toEqual([
      ['down', 5],
      ['down', 8],
      ['faulty', 6],
      ['starting', 7],
      ['unplayable', 9],
      ['good', 10],
    ])
  })

  it('shows what matches region, health and text together', () => {
    const one = tile('bj-1', 1)
    const all: Filter = { text: '', region: null, health: null }
    expect(matches(one, all)).toBe(true)
    expect(matches(one, { ...all, region: 'bj', health: 'good', text: ' CHANNEL ' })).toBe(true)
    expect(matches(one, { ...all, text: 'ff15::1' })).toBe(true)
    expect(matches(one, { ...all, text: '频道' })).toBe(true)
    expect(matches(one, { ...all, region: 'hz' })).toBe(false)
    expect(matches(one, { ...all, health: 'down' })).toBe(false)
    expect(matches(one, { ...all, text: 'sports' })).toBe(false)
  })
})

describe('the sparkline', () => {
  it('has zero at the bottom, the highest value at the top, and the whole width', () => {
    expect(sparklinePaths([0, 10, 5], 100, 22).line).toBe('M0.0 21.0L50.0 1.0L100.0 11.0')
  })

  it('draws a dead input as a flat line and too few values as nothing', () => {
    expect(sparklinePaths([0, 0], 10, 10).line).toBe('M0.0 9.0L10.0 9.0')
    expect(sparklinePaths([5], 10, 10).line).toBe('')
  })
})
