/** The network after some of it has changed. */

import type { Network, NetworkChange, Service } from './types'

/** Services by number, as the node lists them; one that nothing is told of stays the same object. */
export function changedNetwork(network: Network, news: unknown): Network {
  const { services, gone } = news as NetworkChange
  if (services.length === 0 && gone.length === 0) return network
  const known = new Map(network.services.map((service) => [service.id, service]))
  for (const id of gone) known.delete(id)
  for (const service of services) known.set(service.id, { ...known.get(service.id), ...service } as Service) // whole, if it is new
  return { ...network, services: [...known.values()].sort((a, b) => a.number - b.number) }
}
