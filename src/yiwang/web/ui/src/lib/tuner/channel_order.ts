/** The order of channels: as listed, region by region, numbers rising; zapping follows the list and wraps around. */

import type { Network, Region, Service } from '../api/types'

export interface RegionGroup {
  readonly region: Region
  readonly services: readonly Service[]
}

/** Services grouped by region. A service of an undeclared region gets a group of its own at the end. */
export function groupByRegion(network: Network): RegionGroup[] {
  const groups = new Map(network.regions.map((region) => [region.id, { region, services: [] as Service[] }]))
  for (const service of network.services) {
    const { region: id } = service
    const group = groups.get(id) ?? { region: { id, name: { zh: id, en: id } }, services: [] }
    group.services.push(service)
    groups.set(id, group)
  }
  const found = [...groups.values()].filter(({ services }) => services.length > 0)
  for (const { services } of found) services.sort((a, b) => a.number - b.number || a.id.localeCompare(b.id))
  return found
}

export function zappingOrder(groups: readonly RegionGroup[]): Service[] {
  return groups.flatMap(({ services }) => services)
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
