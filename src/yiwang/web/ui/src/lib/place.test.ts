import { expect, it } from 'vitest'

import { hashOf, type Place, placeOf } from './place'
import { serviceIdFromHash } from './tuner/deep_link'

it.each<Place>([
  { kind: 'watch' },
  { kind: 'guide', service: null, atMs: null },
  { kind: 'guide', service: 'a/b c', atMs: 1_790_000_000_000 },
  { kind: 'programme', service: '频道#1', atMs: 0 },
  { kind: 'search', text: '' },
  { kind: 'search', text: '100% 新闻/体育' },
  { kind: 'mine' },
])('reads back the address of %j', (place) => {
  expect(placeOf(hashOf(place))).toEqual(place)
})

it('takes an address that says too little for what it does say', () => {
  expect(placeOf('#guide/x')).toEqual({ kind: 'guide', service: null, atMs: null })
  expect(placeOf('#programme/x')).toEqual({ kind: 'watch' })
  expect(placeOf('#programme/x/then')).toEqual({ kind: 'watch' })
  expect(placeOf('#search/%E0%A4%A')).toEqual({ kind: 'search', text: '' })
})

it('leaves every id of a channel to the channel', () => {
  for (const id of ['guide', 'search', 'mine', 'programme']) {
    expect(placeOf(`#/${id}`)).toEqual({ kind: 'watch' })
    expect(serviceIdFromHash(`#${id}`)).toBeNull()
  }
})
