import { describe, expect, it } from 'vitest'

import { report } from '../testing'
import { FaultMemory } from './fault_memory'
import { type Filter, healthOf, matches, type Rated, SEGMENT_OVERDUE_S, worstFirst } from './health'
import { sparklinePaths } from './sparkline'

const NOW = Date.parse('2026-11-23T20:00:00Z')

describe('the health of a channel', () => {
  it('follows its state', () => {
    expect(healthOf(report('a', 1, { state: 'no-signal' }), 0, NOW)).toBe('down')
    expect(healthOf(report('a', 1, { state: 'starting' }), 0, NOW)).toBe('starting')
    expect(healthOf(report('a', 1, { state: 'unsupported' }), 0, NOW)).toBe('unplayable')
    expect(healthOf(report('a', 1), 0, NOW)).toBe('good')
  })

  it('is down when a live channel publishes nothing any more', () => {
    expect(healthOf(report('a', 1, { segment_age_s: SEGMENT_OVERDUE_S + 0.1 }), 0, NOW)).toBe('down')
    expect(healthOf(report('a', 1, { segment_age_s: SEGMENT_OVERDUE_S }), 0, NOW)).toBe('good')
    expect(healthOf(report('a', 1, { segment_age_s: null }), 0, NOW)).toBe('good')
    expect(healthOf(report('a', 1, { source_clock_ppm: 80, source_clock_off: true }), 0, NOW)).toBe('faulty')
  })

  it('is faulty for a minute after a fault', () => {
    const erred = report('a', 1, { last_error: { at: '2026-11-23T19:59:10Z', text: 'x' } })
    expect(healthOf(erred, 0, NOW)).toBe('faulty')
    expect(healthOf(erred, 0, NOW + 60_000)).toBe('good')
    expect(healthOf(report('a', 1), 1, NOW)).toBe('faulty')
  })
})

describe('the order of the board', () => {
  it('puts the worst first, then goes by number', () => {
    const rated = (['good', 'unplayable', 'down', 'starting', 'faulty', 'down'] as const).map(
      (health, index): Rated => ({ channel: report(`c${index}`, 10 - index), health, recentContinuityErrors: 0 }),
    )
    expect(worstFirst(rated).map(({ channel, health }) => [health, channel.number])).toEqual([
      ['down', 5],
      ['down', 8],
      ['faulty', 6],
      ['starting', 7],
      ['unplayable', 9],
      ['good', 10],
    ])
  })

  it('shows what matches region, health and text together', () => {
    const rated: Rated = { channel: report('bj-1', 1), health: 'good', recentContinuityErrors: 0 }
    const all: Filter = { text: '', region: null, health: null }
    expect(matches(rated, all)).toBe(true)
    expect(matches(rated, { ...all, region: 'bj', health: 'good', text: ' CHANNEL ' })).toBe(true)
    expect(matches(rated, { ...all, text: 'ff15::1' })).toBe(true)
    expect(matches(rated, { ...all, text: '频道' })).toBe(true)
    expect(matches(rated, { ...all, region: 'hz' })).toBe(false)
    expect(matches(rated, { ...all, health: 'down' })).toBe(false)
    expect(matches(rated, { ...all, text: 'sports' })).toBe(false)
  })
})

describe('the memory of faults', () => {
  const counted = (errors: number) =>
    report('a', 1, { continuity_count_errors: errors, faults: { continuity_count_error: errors, crc_error: 2 } })

  it('gives what the counters gained over the last minute', () => {
    const memory = new FaultMemory()
    expect(memory.observe(counted(5), 0)).toEqual({ continuityErrors: 0, faults: 0 })
    expect(memory.observe(counted(8), 30_000)).toEqual({ continuityErrors: 3, faults: 3 })
    expect(memory.observe(counted(8), 60_001)).toEqual({ continuityErrors: 0, faults: 0 })
  })

  it('starts anew with a channel that did', () => {
    const memory = new FaultMemory()
    memory.observe(counted(5), 0)
    expect(memory.observe(counted(1), 1_000)).toEqual({ continuityErrors: 0, faults: 0 })
    expect(memory.observe(counted(3), 2_000)).toEqual({ continuityErrors: 2, faults: 2 })
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
