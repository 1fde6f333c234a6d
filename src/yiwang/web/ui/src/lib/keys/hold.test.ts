import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { Hold, HOLD_MS } from './hold'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('is short when the key is let go before its time, and then not long', () => {
  const long = vi.fn()
  const hold = new Hold<string>(long)
  hold.start('a')
  vi.advanceTimersByTime(HOLD_MS - 1)
  expect(hold.end()).toBe('a')
  vi.advanceTimersByTime(10 * HOLD_MS)
  expect([long.mock.calls, hold.end()]).toEqual([[], null])
})

it('is long when its time has come, and then not short', () => {
  const long = vi.fn()
  const hold = new Hold<string>(long)
  hold.start('a')
  vi.advanceTimersByTime(HOLD_MS)
  expect(long.mock.calls).toEqual([['a']])
  expect(hold.end()).toBeNull()
})

it('is neither when it is given up', () => {
  const long = vi.fn()
  const hold = new Hold<string>(long)
  hold.start('a')
  hold.cancel()
  vi.advanceTimersByTime(10 * HOLD_MS)
  expect([hold.end(), long.mock.calls]).toEqual([null, []])
})
