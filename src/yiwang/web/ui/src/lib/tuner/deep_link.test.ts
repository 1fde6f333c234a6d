import { expect, it } from 'vitest'

import { hashOfService, momentFromHash, serviceIdFromHash } from './deep_link'

it('reads back every id it writes', () => {
  for (const id of ['bj-1', 'a b', '频道', '100%', 'x#y']) expect(serviceIdFromHash(hashOfService(id))).toBe(id)
})

it('takes anything else for no channel', () => {
  for (const hash of ['', '#', '#/', '#bj-1', '#/a/b', '#/a/1/2', '#/a/', '#/%E0%A4%A']) expect(serviceIdFromHash(hash)).toBeNull()
})

it('reads a moment of a channel, in seconds', () => {
  expect([serviceIdFromHash('#/bj-1/1764216000'), momentFromHash('#/bj-1/1764216000')]).toEqual(['bj-1', 1_764_216_000_000])
  for (const hash of ['#/bj-1', '#/bj-1/now', '#/bj-1/-5', '#/bj-1/123456789012', '#guide/x/5']) expect(momentFromHash(hash)).toBeNull()
})
