/**
 * Where everything is in the list of channels: all rows are of one height and all headings of another, so places are
 * arithmetic, and only rows near the window need to be in the document. Lengths are in rem, places count over all groups.
 */

import type { Service } from '../api/types'
import type { RegionGroup } from './channel_order'

export const ROW = 4.6
export const HEADING = 2.6

export interface LaidGroup extends RegionGroup {
  /** Place of its first service */
  readonly first: number
  /** Of its heading; its rows begin below */
  readonly top: number
}

export interface ListLayout {
  readonly groups: readonly LaidGroup[]
  readonly total: number
}

export function layOut(groups: readonly RegionGroup[]): ListLayout {
  let [total, top] = [0, 0]
  const laid = groups.map((group) => {
    const one = { ...group, first: total, top }
    total += group.services.length
    top += HEADING + group.services.length * ROW
    return one
  })
  return { groups: laid, total }
}

/** The last group that begins before, else the first. */
function groupBefore({ groups }: ListLayout, isAfter: (group: LaidGroup) => boolean): LaidGroup | undefined {
  const after = groups.findIndex(isAfter)
  return groups.at(after === -1 ? -1 : Math.max(0, after - 1))
}

/** A channel that is liked is in two groups. */
export interface Listed {
  readonly region: string
  readonly service: Service
}

export function listedAt(layout: ListLayout, place: number): Listed | null {
  const group = groupBefore(layout, ({ first }) => first > place)
  const service = group?.services[place - group.first]
  return group && service ? { region: group.region.id, service } : null
}

/** The place of a service, in a group or wherever it comes first; null: it is not listed. */
export function placeOf(layout: ListLayout, id: string | null, region?: string): number | null {
  for (const group of layout.groups) {
    if (region !== undefined && group.region.id !== region) continue
    const index = group.services.findIndex((service) => service.id === id)
    if (index !== -1) return group.first + index
  }
  return null
}

/** The place of the row at a height, or of the next one below it; the total, below the last. */
export function placeAt(layout: ListLayout, height: number): number {
  const group = groupBefore(layout, ({ top }) => top > height)
  if (!group) return 0
  return group.first + Math.min(group.services.length, Math.max(0, Math.floor((height - group.top - HEADING) / ROW)))
}

/** Where the row of a place begins. */
export function topOf(layout: ListLayout, place: number): number {
  const group = groupBefore(layout, ({ first }) => first > place)
  return group ? group.top + HEADING + (place - group.first) * ROW : 0
}

/** Places of a group's rows from one to another (exclusive), and that of `also` if it is one of the group's. */
export function placesIn(group: LaidGroup, from: number, to: number, also: number | null): number[] {
  const [begin, end] = [Math.max(group.first, from), Math.min(group.first + group.services.length, to)]
  const places = Array.from({ length: Math.max(0, end - begin) }, (_, index) => begin + index)
  if (also === null || also < group.first || also >= group.first + group.services.length || (also >= begin && also < end)) return places
  return also < begin ? [also, ...places] : [...places, also]
}

/** Where to scroll so that a row is seen whole below the heading that stays at the top; as little as can be. */
export function scrollToRow(top: number, scrolled: number, height: number): number {
  if (top < scrolled + HEADING) return Math.max(0, top - HEADING)
  return Math.max(scrolled, top + ROW - height)
}
