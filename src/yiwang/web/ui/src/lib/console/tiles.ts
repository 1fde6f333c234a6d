/** Every channel as the node tells it each second: everything at first, then what has changed, in columns. */

import type { LocalText, NodeReport, Region, ServiceState, Track } from '../api/types'
import { HEALTHS, type Health } from '../health/health'

/** What seldom changes */
export interface Facts {
  readonly number: number
  readonly name: LocalText
  readonly region: string
  readonly source: string
  /** the source, where several channels share it; else empty */
  readonly multiplex: string
  readonly program: number | null
  readonly sources: number
  readonly state: ServiceState
  readonly reason: LocalText | null
  readonly tracks: readonly Pick<Track, 'kind' | 'codec' | 'height'>[]
}

/** What changes every second: kept apart and changed in place, so that a tile is another only when it has to look another. */
export interface Live {
  readonly rate_kbps: number
  readonly rms_db: number | null
  readonly requests: number
  readonly waiting: number
}

interface Columns {
  /** a place in HEALTHS */
  readonly health: number
  readonly rate_kbps: number
  readonly continuity_count_errors: number
  readonly faults: number
  readonly priority_1: number
  readonly priority_2: number
  /** when the last fault was, milliseconds since 1970; 0: none */
  readonly error_ms: number
  readonly error: string
  /** a key of FAULTS */
  readonly error_name: string
  /** nothing was published for so long; 0: all is well */
  readonly silent_s: number
  readonly rms_db: number | null
  /** bits: black, freeze, silence */
  readonly alarms: number
  readonly requests: number
  readonly waiting: number
  /** place of the source in use; -1: none */
  readonly in_use: number
  readonly switches: number
}

export interface Tile extends Omit<Columns, 'health' | keyof Live> {
  readonly id: string
  readonly facts: Facts
  readonly health: Health
}

interface Head {
  /** milliseconds since 1970, by the node's clock */
  readonly now: number
  readonly node: NodeReport
}

export interface WholeUpdate extends Head {
  /** of the network */
  readonly name: LocalText
  readonly regions: readonly Region[]
  readonly ids: readonly string[]
  readonly columns: { readonly [Name in keyof Columns]: readonly Columns[Name][] }
  readonly facts: readonly Facts[]
  readonly rates_kbps: readonly (readonly number[])[]
}

export interface PartUpdate extends Head {
  readonly columns: { readonly [Name in keyof Columns]?: { readonly at: readonly number[]; readonly to: readonly Columns[Name][] } }
  readonly facts: Readonly<Record<string, Facts>>
}

export type Update = WholeUpdate | PartUpdate

/** So many seconds of bit rate a tile shows. */
export const RATES = 60

export class Tiles {
  /** another array only when one of them is another */
  all: Tile[] = []
  /** of the last RATES seconds, by channel, oldest first; changed in place */
  readonly rates = new Map<string, number[]>()
  readonly live = new Map<string, Live>()

  apply(update: Update): void {
    if ('ids' in update) this.#begin(update)
    else this.#change(update)
  }

  #begin({ ids, columns, facts, rates_kbps }: WholeUpdate): void {
    const names = Object.keys(columns) as (keyof Columns)[]
    this.live.clear()
    this.all = ids.map((id, place) => {
      const values = Object.fromEntries(names.map((name) => [name, columns[name][place]])) as unknown as Columns
      const { rate_kbps, rms_db, requests, waiting, ...seldom } = values
      this.live.set(id, { rate_kbps, rms_db, requests, waiting })
      return { ...seldom, id, facts: facts[place] as Facts, health: healthAt(values.health) }
    })
    this.rates.clear()
    ids.forEach((id, place) => this.rates.set(id, [...(rates_kbps[place] ?? [])].slice(-RATES)))
  }

  #change({ columns, facts }: PartUpdate): void {
    const changes = new Map<number, Record<string, unknown>>()
    const changeOf = (place: number) => {
      const known = changes.get(place) ?? {}
      changes.set(place, known)
      return known
    }
    for (const [name, change] of Object.entries(columns)) {
      const isLive = name === 'rate_kbps' || name === 'rms_db' || name === 'requests' || name === 'waiting'
      change.at.forEach((place, index) => {
        const to = change.to[index]
        if (isLive) Object.assign(this.live.get(this.all[place]?.id ?? '') ?? {}, { [name]: to })
        else changeOf(place)[name] = name === 'health' ? healthAt(to as number) : to
      })
    }
    for (const [place, now] of Object.entries(facts)) changeOf(Number(place))['facts'] = now
    if (changes.size > 0) {
      const all = [...this.all]
      for (const [place, change] of changes) {
        const tile = all[place]
        if (tile) all[place] = { ...tile, ...change }
      }
      this.all = all
    }
    for (const [id, { rate_kbps }] of this.live) {
      const rates = this.rates.get(id)
      if (!rates) continue
      if (rates.length >= RATES) rates.shift()
      rates.push(rate_kbps)
    }
  }
}

function healthAt(place: number): Health {
  return HEALTHS[place] ?? 'down'
}
