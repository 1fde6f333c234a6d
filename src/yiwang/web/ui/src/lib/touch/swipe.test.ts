import { expect, it } from 'vitest'

import { swipeOf } from './swipe'

const stroke = (x: number, y: number, ms = 200) => swipeOf({ x: 200, y: 300, atMs: 1_000 }, { x: 200 + x, y: 300 + y, atMs: 1_000 + ms })

it('is told by where it went', () => {
  expect([stroke(5, -120), stroke(-20, 90), stroke(-80, 10), stroke(70, -30)]).toEqual(['up', 'down', 'left', 'right'])
})

it('is none where it is a tap, askew or slow', () => {
  expect([stroke(10, -20), stroke(80, 80), stroke(-90, 70), stroke(0, -200, 1_500)]).toEqual([null, null, null, null])
})
