/** Everything the console shows: the latest report, rated, filtered, worst first. */

import type { EventFeed } from '../api/event_feed.svelte'
import type { ConsoleReport, Network } from '../api/types'
import { FaultMemory } from './fault_memory'
import { type Filter, type Health, healthOf, matches, type Rated, worstFirst } from './health'

export class Board {
  rated: readonly Rated[] = $state.raw([])
  filter: Filter = $state.raw({ text: '', region: null, health: null })

  readonly feed: EventFeed<ConsoleReport>
  readonly network: EventFeed<Network>
  readonly #memory = new FaultMemory()

  readonly report: ConsoleReport | null = $derived.by(() => this.feed.value)
  readonly shown: readonly Rated[] = $derived(worstFirst(this.rated.filter((rated) => matches(rated, this.filter))))
  readonly counts: ReadonlyMap<Health, number> = $derived(countByHealth(this.rated))
  /** Regions that channels are in, with their names where the network gives them. */
  readonly regions = $derived.by(() => {
    const named = new Map((this.network.value?.regions ?? []).map(({ id, name }) => [id, name]))
    const ids = [...new Set(this.rated.map(({ channel }) => channel.region))].sort()
    return ids.map((id) => ({ id, name: named.get(id) ?? { zh: id, en: id } }))
  })

  constructor(feed: EventFeed<ConsoleReport>, network: EventFeed<Network>) {
    this.feed = feed
    this.network = network
  }

  /** Follow the node. To be called while a component initialises. */
  start(): void {
    $effect(() => {
      const report = this.feed.value
      if (report) this.rated = this.#rate(report)
    })
    $effect(() => this.feed.start())
    $effect(() => this.network.start())
  }

  narrow(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change }
  }

  #rate(report: ConsoleReport): Rated[] {
    const nowMs = Date.parse(report.now)
    return report.channels.map((channel) => {
      const recent = this.#memory.observe(channel, nowMs)
      const health = healthOf(channel, recent.faults, nowMs)
      return { channel, health, recentContinuityErrors: recent.continuityErrors }
    })
  }
}

function countByHealth(rated: readonly Rated[]): Map<Health, number> {
  const counts = new Map<Health, number>()
  for (const { health } of rated) counts.set(health, (counts.get(health) ?? 0) + 1)
  return counts
}
