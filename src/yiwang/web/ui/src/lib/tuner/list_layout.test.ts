import { describe, expect, it } from 'vitest'

import { service } from '../testing'
import type { RegionGroup } from './channel_order'
import { HEADING, layOut, listedAt, placeAt, placeOf, placesIn, ROW, scrollToRow, topOf } from './list_layout'

function group(id: string, count: number): RegionGroup {
  return { region: { id, name: { zh: id, en: id } }, services: Array.from({ length: count }, (_, n) => service(`${id}${n}`, n + 1, id)) }
}

const sizes = [[3], [1, 1, 1], [5, 2, 40], [7, 1, 1, 300, 2]]

describe('the list of channels as rows', () => {
  it.each(sizes)('has every row where the rows and headings before it end: %j', (...counts) => {
    const layout = layOut(counts.map((count, n) => group(`r${n}`, count)))
    let [top, place] = [0, 0]
    for (const count of counts) {
      top += HEADING
      for (let n = 0; n < count; n += 1, place += 1, top += ROW) {
        expect(topOf(layout, place)).toBeCloseTo(top, 6)
        expect(placeAt(layout, top + 0.01)).toBe(place)
        expect(placeAt(layout, top + ROW - 0.01)).toBe(place)
      }
    }
    expect(layout.total).toBe(place)
    expect(placeAt(layout, top + 1)).toBe(place)
    expect(placeAt(layout, 0)).toBe(0)
  })

  it('takes a heading for the row below it', () => {
    const layout = layOut([group('a', 2), group('b', 2)])
    expect(placeAt(layout, HEADING + 2 * ROW + 0.5)).toBe(2)
  })

  it('shows each row of a window once, in its own group, with the one that has the focus', () => {
    const layout = layOut([group('a', 4), group('b', 4), group('c', 4)])
    const shown = (from: number, to: number, also: number | null) => layout.groups.map((one) => placesIn(one, from, to, also))
    expect(shown(2, 6, null)).toEqual([[2, 3], [4, 5], []])
    expect(shown(2, 6, 3)).toEqual([[2, 3], [4, 5], []])
    expect(shown(2, 6, 0)).toEqual([[0, 2, 3], [4, 5], []])
    expect(shown(2, 6, 11)).toEqual([[2, 3], [4, 5], [11]])
  })

  it('knows a channel that is liked in both of its places', () => {
    const [liked, all] = [group('*', 0), group('a', 3)]
    const layout = layOut([{ ...liked, services: all.services.slice(1, 2) }, all])
    expect([0, 1, 2, 3, 4, -1].map((place) => listedAt(layout, place)?.service.id)).toEqual(['a1', 'a0', 'a1', 'a2', undefined, undefined])
    expect([placeOf(layout, 'a1'), placeOf(layout, 'a1', '*'), placeOf(layout, 'a1', 'a')]).toEqual([0, 0, 2])
    expect([placeOf(layout, 'a2', '*'), placeOf(layout, 'other'), placeOf(layout, null)]).toEqual([null, null, null])
  })

  it('is scrolled as little as can be, and never under the heading', () => {
    expect(scrollToRow(20, 10, 30)).toBe(10) // it is seen
    expect(scrollToRow(11, 10, 30)).toBeCloseTo(11 - HEADING)
    expect(scrollToRow(38, 10, 30)).toBeCloseTo(38 + ROW - 30)
    expect(scrollToRow(HEADING, 50, 30)).toBe(0)
  })

  it('of no channels has no rows', () => {
    const layout = layOut([])
    expect([layout.total, placeAt(layout, 5), topOf(layout, 0)]).toEqual([0, 0, 0])
  })
})
