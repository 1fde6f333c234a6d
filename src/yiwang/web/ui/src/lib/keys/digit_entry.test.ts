import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { DIGIT_TIMEOUT_MS, DigitEntry } from './digit_entry.svelte'

describe('a channel number being typed', () => {
  const committed: number[] = []
  let entry: DigitEntry

  beforeEach(() => {
    vi.useFakeTimers()
    committed.length = 0
    entry = new DigitEntry((number) => committed.push(number))
  })
  afterEach(() => vi.useRealTimers())

  function type(digits: string): void {
    for (const digit of digits) entry.press(Number(digit))
  }

  it('is taken when nothing follows for the time-out, not before', () => {
    type('12')
    vi.advanceTimersByTime(DIGIT_TIMEOUT_MS - 1)
    expect([entry.digits, committed]).toEqual(['12', []])
    vi.advanceTimersByTime(1)
    expect([entry.digits, committed]).toEqual(['', [12]])
  })

  it('waits anew after each digit', () => {
    type('1')
    vi.advanceTimersByTime(DIGIT_TIMEOUT_MS - 100)
    type('3')
    vi.advanceTimersByTime(DIGIT_TIMEOUT_MS - 100)
    expect(committed).toEqual([])
    vi.advanceTimersByTime(100)
    expect(committed).toEqual([13])
  })

  it('is taken at once by Enter and by its fourth digit, and only once', () => {
    type('7')
    entry.commit()
    type('1234')
    vi.advanceTimersByTime(10 * DIGIT_TIMEOUT_MS)
    expect(committed).toEqual([7, 1234])
  })

  it('reads leading zeros as nothing', () => {
    type('007')
    entry.commit()
    expect(committed).toEqual([7])
  })

  it('can be taken back digit by digit, and given up', () => {
    type('12')
    entry.erase()
    expect(entry.digits).toBe('1')
    entry.erase()
    vi.advanceTimersByTime(10 * DIGIT_TIMEOUT_MS)
    type('9')
    entry.cancel()
    vi.advanceTimersByTime(10 * DIGIT_TIMEOUT_MS)
    entry.commit()
    expect(committed).toEqual([])
  })
})
