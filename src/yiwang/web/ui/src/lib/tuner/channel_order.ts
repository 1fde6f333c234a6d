/** The order of channels: as listed, region by region, numbers rising; zapping follows the list and wraps around. */

import type { Network, Region, Service } from '../api/types'

export interface RegionGroup {
  readonly region: Region
  readonly services: readonly Service[]
}

/** Services grouped by region. A service of an undeclared region gets a group of its own at the end. */
export function groupByRegion(network: Network): RegionGroup[] {
  const regions = new Map(network.regions.map((region) => [region.id, region]))
  for (const { region } of network.services) {
    if (!regions.has(region)) regions.set(region, { id: region, name: { zh: region, en: region } })
  }
  return [...regions.values()]
    .map((region) => ({
      region,
      services: network.services
        .filter((service) => service.region === region.id)
        .sort((a, b) => a.number - b.number || a.id.localeCompare(b.id)),
    }))
    .filter((group) => group.services.length > 0)
}

export function zappingOrder(network: Network): Service[] {
  return groupByRegion(network).flatMap((group) => group.services)
}

/** The service `step` places from the current one; an unknown current one counts as just outside the list. */
export function neighbour(order: readonly Service[], currentId: string | null, step: number): Service | null {
  if (order.length === 0) return null
  const index = order.findIndex((service) => service.id === currentId)
  const start = index === -1 ? (step > 0 ? -1 : 0) : index
  return order[(((start + step) % order.length) + order.length) % order.length] ?? null
}

/** The service of a number. Regions number for themselves, so the viewer's own region answers first. */
export function byNumber(order: readonly Service[], number: number, region?: string): Service | null {
  const all = order.filter((service) => service.number === number)
  return all.find((service) => service.region === region) ?? all[0] ?? null
}

/** The five services around one, which stands in the middle; all, where there are fewer. */
export function fiveAround(order: readonly Service[], currentId: string | null): Service[] {
  if (order.length <= 5) return [...order]
  const index = Math.max(0, order.findIndex((service) => service.id === currentId))
  return [-2, -1, 0, 1, 2].map((step) => order[(index + step + order.length) % order.length] as Service)
}
