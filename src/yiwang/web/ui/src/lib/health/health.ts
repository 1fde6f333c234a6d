/** How a channel is, at a glance, as the node judges it (services/channel_health.py); worst first. */

import type { Tile } from '../console/tiles'

export const HEALTHS = ['down', 'faulty', 'starting', 'unplayable', 'good'] as const
export type Health = (typeof HEALTHS)[number]

const PLACES = new Map<Health, number>(HEALTHS.map((health, place) => [health, place]))

/** The worse one has the smaller place. */
export function badness(health: Health): number {
  return PLACES.get(health) ?? 0
}

export function worstFirst(tiles: readonly Tile[]): Tile[] {
  return [...tiles].sort(
    (a, b) =>
      badness(a.health) - badness(b.health) ||
      a.facts.number - b.facts.number ||
      (a.id < b.id ? -1 : 1),
  )
}

export interface Filter {
  readonly text: string
  readonly region: string | null
  readonly health: Health | null
}

export function matches({ id, facts, health }: Tile, filter: Filter): boolean {
  if (filter.region !== null && facts.region !== filter.region) return false
  if (filter.health !== null && health !== filter.health) return false
  const wanted = filter.text.trim().toLowerCase()
  const { number, name, source } = facts
  return wanted === '' || [id, String(number), name.zh, name.en, source].some((text) => text.toLowerCase().includes(wanted))
}
