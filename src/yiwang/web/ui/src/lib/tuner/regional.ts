/** What a viewer may not have where he is, and what he has in its place. */

import type { Restriction, Service } from '../api/types'

export interface Kept {
  readonly restriction: Restriction
  /** What plays in its place; null: nothing */
  readonly instead: Service | null
}

/** Null: nothing keeps a viewer of this region (empty: of none that is known) from a service now. */
export function keptFrom(service: Service, region: string, services: readonly Service[]): Kept | null {
  const restriction = service.restrictions?.find(({ regions }) => regions.includes(region))
  if (!restriction) return null
  const other = services.find(({ id }) => id !== service.id && id === restriction.instead)
  const plays = other?.state === 'live' && keptFrom(other, region, []) === null
  return { restriction, instead: plays ? other : null }
}
