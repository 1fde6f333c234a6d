import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { OnceAFrame } from './once_a_frame'

const FRAME_MS = 50
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => setTimeout(draw, FRAME_MS))
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

it('leaves out held keys until the last one has been drawn, and none that is pressed anew', () => {
  const keys = new OnceAFrame()
  expect([false, true, true].map((repeat) => keys.leavesOut(repeat))).toEqual([false, true, true])
  expect(keys.leavesOut(false)).toBe(false)
  vi.advanceTimersByTime(FRAME_MS - 1)
  expect(keys.leavesOut(true)).toBe(true)
  vi.advanceTimersByTime(2)
  expect([true, true].map((repeat) => keys.leavesOut(repeat))).toEqual([false, true])
})
