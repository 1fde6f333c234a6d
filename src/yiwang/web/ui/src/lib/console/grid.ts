/** The board as rows: groups, worst first in each; only rows near the window are in the document. */

import type { Tile } from './tiles'
import { badness, HEALTHS, type Health, worstFirst } from '../health/health'

export const DENSITIES = ['pictures', 'cards', 'numbers', 'dots'] as const
export type Density = (typeof DENSITIES)[number]

/** Least width of a tile, its height (without its picture, as high as 16:9 makes it) and what is between two. */
export interface TileSize {
  readonly width: number
  readonly height: number
  readonly gap: number
  readonly hasPicture?: boolean
}

/** In rem. */
export const SIZES: Readonly<Record<Density, TileSize>> = {
  pictures: { width: 15, height: 5.5, gap: 0.7, hasPicture: true },
  cards: { width: 15, height: 5.6, gap: 0.5 },
  numbers: { width: 3.1, height: 2.5, gap: 0.25 },
  dots: { width: 1.5, height: 1.5, gap: 0.2 },
}
export const HEADING_REM = 2.9

/** What suits so many channels, until somebody chooses. */
export function densityFor(count: number): Density {
  if (count <= 80) return 'pictures'
  if (count <= 400) return 'cards'
  return count <= 1500 ? 'numbers' : 'dots'
}

export const GROUPINGS = ['none', 'region', 'multiplex'] as const
export type Grouping = (typeof GROUPINGS)[number]

export interface Group {
  readonly key: string
  readonly tiles: readonly Tile[]
  readonly counts: ReadonlyMap<Health, number>
}

export function countByHealth(tiles: readonly Tile[]): Map<Health, number> {
  const counts = new Map<Health, number>()
  for (const { health } of tiles) counts.set(health, (counts.get(health) ?? 0) + 1)
  return counts
}

/** Groups with the worst first, by what is worst in them, then by name. */
export function grouped(tiles: readonly Tile[], by: Grouping): Group[] {
  const ordered = worstFirst(tiles)
  if (by === 'none') return [{ key: '', tiles: ordered, counts: countByHealth(ordered) }]
  const groups = new Map<string, Tile[]>()
  for (const tile of ordered) {
    const key = by === 'region' ? tile.facts.region : tile.facts.multiplex || tile.facts.source
    const known = groups.get(key)
    if (known) known.push(tile)
    else groups.set(key, [tile])
  }
  const worst = (members: readonly Tile[]) => Math.min(...members.map(({ health }) => badness(health)), HEALTHS.length)
  return [...groups]
    .map(([key, members]) => ({ key, tiles: members, counts: countByHealth(members) }))
    .sort((a, b) => worst(a.tiles) - worst(b.tiles) || (a.key < b.key ? -1 : 1))
}

export interface Row {
  readonly key: string
  readonly top: number
  readonly height: number
  /** a heading's group; null: a row of tiles */
  readonly group: Group | null
  readonly tiles: readonly Tile[]
}

export interface Layout {
  readonly rows: readonly Row[]
  readonly columns: number
  readonly height: number
}

/** Lay groups out in a width; all lengths in the same unit as `width`. */
export function layOut(
  groups: readonly Group[],
  width: number,
  tile: TileSize,
  heading: number,
): Layout {
  const columns = Math.max(1, Math.floor((width + tile.gap) / (tile.width + tile.gap)))
  const height = tile.height + (tile.hasPicture ? (((width + tile.gap) / columns - tile.gap) * 9) / 16 : 0)
  const rows: Row[] = []
  let top = 0
  for (const group of groups) {
    if (heading > 0) {
      rows.push({ key: `group ${group.key}`, top, height: heading, group, tiles: [] })
      top += heading
    }
    for (let first = 0; first < group.tiles.length; first += columns) {
      const tiles = group.tiles.slice(first, first + columns)
      rows.push({ key: `${group.key} ${first}`, top, height, group: null, tiles })
      top += height + tile.gap
    }
  }
  return { rows, columns, height: top }
}

/** The rows that meet a part of the board, by halving. */
export function rowsBetween(rows: readonly Row[], top: number, bottom: number): readonly Row[] {
  const firstBelow = (limit: number, edge: (row: Row) => number) => {
    let [low, high] = [0, rows.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (edge(rows[middle] as Row) <= limit) low = middle + 1
      else high = middle
    }
    return low
  }
  return rows.slice(
    firstBelow(top, (row) => row.top + row.height),
    firstBelow(bottom, (row) => row.top),
  )
}

/** The channel that arrow keys lead to from one; null: there is none further. */
export function neighbour(layout: Layout, id: string, key: string): string | null {
  const rows = layout.rows.filter(({ group }) => group === null)
  const at = rows.findIndex(({ tiles }) => tiles.some((tile) => tile.id === id))
  const column = rows[at]?.tiles.findIndex((tile) => tile.id === id) ?? -1
  const flat = rows.flatMap(({ tiles }) => tiles)
  const place = flat.findIndex((tile) => tile.id === id)
  const vertically = (step: number) => {
    const tiles = rows[at + step]?.tiles
    return tiles ? (tiles[Math.min(column, tiles.length - 1)]?.id ?? null) : null
  }
  switch (key) {
    case 'ArrowRight':
      return flat[place + 1]?.id ?? null
    case 'ArrowLeft':
      return flat[place - 1]?.id ?? null
    case 'ArrowDown':
      return vertically(1)
    case 'ArrowUp':
      return vertically(-1)
    case 'Home':
      return flat[0]?.id ?? null
    case 'End':
      return flat.at(-1)?.id ?? null
    default:
      return null
  }
}
