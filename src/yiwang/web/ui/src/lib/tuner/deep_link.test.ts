import { expect, it } from 'vitest'

import { hashOfService, serviceIdFromHash } from './deep_link'

it('reads back every id it writes', () => {
  for (const id of ['bj-1', 'a b', '频道', '100%', 'x#y']) expect(serviceIdFromHash(hashOfService(id))).toBe(id)
})

it('takes anything else for no channel', () => {
  for (const hash of ['', '#', '#/', '#bj-1', '#/a/b', '#/%E0%A4%A']) expect(serviceIdFromHash(hash)).toBeNull()
})
