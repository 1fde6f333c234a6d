/** Everything the console shows: the channels as they are told, filtered, grouped, worst first. */

import { EventFeed } from '../api/event_feed.svelte'
import type { LocalText, NodeReport, Region } from '../api/types'
import { type Filter, type Health, matches } from '../health/health'
import { recall, remember } from '../remembered'
import { countByHealth, DENSITIES, type Density, densityFor, type Group, grouped, type Grouping, GROUPINGS } from './grid'
import { type Live, type Tile, Tiles, type Update } from './tiles'

const SILENCE_LIMIT_MS = 5_000 // the node reports each second

const NOTHING: Live = { rate_kbps: 0, rms_db: null, requests: 0, waiting: 0 }

export class Board {
  tiles: readonly Tile[] = $state.raw([])
  node: NodeReport | null = $state.raw(null)
  /** of the network; null: not told yet */
  name: LocalText | null = $state.raw(null)
  #regions: readonly Region[] = $state.raw([])
  /** by the node's clock */
  nowMs = $state(0)
  /** rises with each update: bit rates are changed in place */
  beat = $state(0)
  filter: Filter = $state.raw({ text: '', region: null, health: null })
  grouping: Grouping = $state(oneOf(GROUPINGS, recall('console-grouping')) ?? 'none')
  #chosen: Density | null = $state(oneOf(DENSITIES, recall('console-density')))

  readonly feed: EventFeed<readonly Update[]>
  readonly #tiles = new Tiles()

  readonly density: Density = $derived.by(() => this.#chosen ?? densityFor(this.tiles.length))
  readonly shown: readonly Tile[] = $derived(this.tiles.filter((tile) => matches(tile, this.filter)))
  readonly groups: readonly Group[] = $derived(grouped(this.shown, this.grouping))
  readonly counts: ReadonlyMap<Health, number> = $derived(countByHealth(this.tiles))
  /** Regions that channels are in, with their names where the network gives them. */
  readonly regions = $derived.by(() => {
    const named = new Map(this.#regions.map(({ id, name }) => [id, name]))
    const ids = [...new Set(this.tiles.map(({ facts }) => facts.region))].sort()
    return ids.map((id) => ({ id, name: named.get(id) ?? { zh: id, en: id } }))
  })

  constructor() {
    this.feed = new EventFeed('/api/console/events', 'channels', {
      silenceLimitMs: SILENCE_LIMIT_MS,
      take: (updates) => this.take(updates),
    })
  }

  /** Follow the node. To be called while a component initialises. */
  start(): void {
    $effect(() => this.feed.start())
  }

  take(updates: readonly Update[]): void {
    for (const update of updates) {
      this.#tiles.apply(update)
      if ('ids' in update) [this.name, this.#regions] = [update.name, update.regions]
      this.node = update.node
      this.nowMs = update.now
    }
    this.tiles = this.#tiles.all
    this.beat += 1
  }

  /** The last minute of a channel's bit rate, kbit/s. */
  ratesOf(id: string): readonly number[] {
    return this.#tiles.rates.get(id) ?? []
  }

  /** What of a channel changes every second. */
  liveOf(id: string): Live {
    return this.#tiles.live.get(id) ?? NOTHING
  }

  narrow(change: Partial<Filter>): void {
    this.filter = { ...this.filter, ...change }
  }

  choose(density: Density): void {
    this.#chosen = density
    remember('console-density', density)
  }

  groupBy(grouping: Grouping): void {
    this.grouping = grouping
    remember('console-grouping', grouping)
  }
}

function oneOf<Word extends string>(words: readonly Word[], word: string | null): Word | null {
  return words.find((known) => known === word) ?? null
}
