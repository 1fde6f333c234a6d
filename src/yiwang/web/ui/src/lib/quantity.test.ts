import { expect, it } from 'vitest'

import { durationIn } from './console/duration'
import { bitRate, bytes, seconds } from './quantity'

it('bit rates', () => {
  expect([0, 800, 96_000, 5_120_000, 12_340_000, Number.NaN].map(bitRate)).toEqual([
    '0',
    '1 kbit/s',
    '96 kbit/s',
    '5.12 Mbit/s',
    '12.3 Mbit/s',
    '0',
  ])
})

it('octets', () => {
  expect([0, 999, 1_000, 42_000_000, 3.5e9].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '42 MB', '3.5 GB'])
})

it('times', () => {
  expect([0.44, 9.96, 12.4].map(seconds)).toEqual(['0.4 s', '10.0 s', '12 s'])
  const some = [-1, 0, 5, 65, 120, 3_660, 90_000, 86_400]
  expect(some.map((one) => durationIn('en', one))).toEqual(['0 s', '0 s', '5 s', '1 min 5 s', '2 min 0 s', '1 h 1 min', '1 d 1 h', '1 d 0 h'])
  expect([5, 65, 90_000].map((one) => durationIn('zh', one))).toEqual(['5 秒', '1 分 5 秒', '1 天 1 小时'])
})
