import { describe, expect, it } from 'vitest'

import { network, service } from '../testing'
import { byNumber, groupByRegion, neighbour, zappingOrder } from './channel_order'

const ordered = (...of: Parameters<typeof network>) => zappingOrder(groupByRegion(network(...of)))

const [a1, a2, b11, b12] = [service('a1', 1), service('a2', 2), service('b11', 11, 'hz'), service('b12', 12, 'hz')]
const order = ordered([b12, a2, b11, a1])

describe('the order of channels', () => {
  it('goes region by region as declared, numbers rising inside a region', () => {
    expect(order).toEqual([a1, a2, b11, b12])
    expect(ordered([b12, a2, b11, a1], ['hz', 'bj'])).toEqual([b11, b12, a1, a2])
  })

  it('gives a service of an undeclared region a group at the end, and a region without services none', () => {
    const groups = groupByRegion(network([service('x', 5, 'unknown'), a1]))
    expect(groups.map(({ region }) => region.id)).toEqual(['bj', 'unknown'])
  })

  it('breaks equal numbers by id, so that it is the same each time', () => {
    const twins = ordered([service('z', 7), service('y', 7)])
    expect(twins.map(({ id }) => id)).toEqual(['y', 'z'])
  })
})

describe('zapping', () => {
  it('wraps around at both ends', () => {
    expect(neighbour(order, 'b12', 1)).toBe(a1)
    expect(neighbour(order, 'a1', -1)).toBe(b12)
    expect(neighbour(order, 'a2', 1)).toBe(b11)
  })

  it('passes every channel once before it comes back', () => {
    const seen = new Set<string>()
    let id: string | null = 'a2'
    for (const _ of order) {
      id = neighbour(order, id, 1)?.id ?? null
      seen.add(String(id))
    }
    expect(id).toBe('a2')
    expect(seen.size).toBe(order.length)
  })

  it('enters the list at its near end when no channel is on', () => {
    expect(neighbour(order, null, 1)).toBe(a1)
    expect(neighbour(order, 'was removed', -1)).toBe(b12)
  })

  it('has nowhere to go in an empty list', () => {
    expect(neighbour([], null, 1)).toBeNull()
  })

  it('finds a channel by its number, and nothing for a number nobody has', () => {
    expect(byNumber(order, 11)).toBe(b11)
    expect(byNumber(order, 3)).toBeNull()
  })

  it('takes a number that two regions use for that of the region being watched', () => {
    const both = ordered([service('a', 1), service('b', 1, 'hz')])
    expect([undefined, 'bj', 'hz', 'other'].map((region) => byNumber(both, 1, region)?.id)).toEqual(['a', 'a', 'b', 'a'])
  })
})
