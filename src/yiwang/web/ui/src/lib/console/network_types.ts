/** What a node says of the network as a whole; names are those of the JSON. */

import type { LocalText } from '../api/types'

import type { Clause } from './said'

export interface Name {
  readonly value: string
  readonly lang: string
}

/** GET /api/regions */
export interface RegionNode {
  readonly id: string
  readonly names: readonly Name[]
  readonly parent: string
  readonly services: number
  readonly own: number
  readonly lists: readonly { readonly source: string; readonly services: number }[]
}

/** GET /api/not-carried: of a service, streams that are not used (`url`), or why it is not carried at all */
export interface NotCarried {
  readonly service: string
  readonly names: readonly Name[]
  /** all the same, from elsewhere */
  readonly carried: boolean
  readonly left_out: readonly { readonly url: string; readonly reason: string; readonly said?: readonly Clause[] }[]
}

/** GET /api/sources */
export interface Peer {
  readonly id: string
  readonly url: string
  readonly services: number
  readonly schedules: number
  readonly events: number
  readonly checked: string | null
  readonly changed: string | null
  readonly fault: string
  readonly said?: readonly Clause[]
  readonly fault_since: string | null
  readonly guides_asked: number
  readonly guides_failing: number
  readonly guide_fault: string
  readonly guide_said?: readonly Clause[]
}

/** GET /api/conflicts */
export interface Conflict {
  readonly kind: string
  readonly about: readonly string[]
  readonly detail: string
  readonly said?: readonly Clause[]
}

/** GET /api/services/{id} */
export interface Explained {
  readonly service: { readonly id: string; readonly names: readonly Name[]; readonly members: readonly { readonly id: string }[] }
  readonly evidence: readonly {
    readonly one: string
    readonly other: string
    readonly kind: string
    readonly score: number
    readonly detail: string
    readonly said?: readonly Clause[]
    readonly followed: boolean
  }[]
}

/** GET /api/decisions */
export interface Decision {
  readonly id: number
  readonly kind: string
  readonly about: readonly string[]
  readonly number: number | null
  readonly who: string
  readonly at: string
}

/** GET /api/guide/coverage */
export interface Coverage {
  readonly total: number
  readonly start_s: number
  readonly step_s: number
  readonly mean: readonly number[]
  readonly rows: readonly {
    readonly id: string
    readonly number: number | null
    readonly names: readonly Name[]
    readonly percent: readonly number[]
  }[]
}

/** GET /api/failover */
export interface Failover {
  readonly channel: string
  readonly sources: readonly { readonly url: string; readonly in_use: boolean; readonly condition: string }[]
  readonly elsewhere: readonly { readonly source: string; readonly region: string }[]
}

/** A restriction; for the channels of `held` it is in force now */
export interface HeldRule {
  readonly id: string
  readonly services: readonly string[]
  readonly only_in: readonly string[]
  readonly not_in: readonly string[]
  readonly start: string | null
  readonly end: string | null
  readonly hours: string
  readonly days: readonly number[]
  readonly cue: '' | 'regional' | 'web'
  readonly reason: LocalText
  readonly instead: string
  readonly channels: readonly string[]
  readonly held: readonly string[]
}

/** GET /api/restrictions */
export interface Restrictions {
  readonly rules: readonly HeldRule[]
  readonly regions: readonly { readonly id: string; readonly prefixes: readonly string[] }[]
  /** Of viewers whose address is of no prefix; empty: none */
  readonly default: string
  readonly choice: 'no' | 'where-unknown' | 'yes'
  readonly refused: Readonly<Record<string, number>>
}

/** The name in the reader's language, or the first there is. */
export function nameIn(names: readonly Name[], language: string, otherwise: string): string {
  const own = names.find(({ lang }) => lang.toLowerCase().split('-')[0] === language)
  return (own ?? names[0])?.value || otherwise
}

export interface RegionBranch {
  readonly region: RegionNode
  readonly depth: number
}

/** Regions in the order of a tree, each with its depth; one whose parent is not there is at the top, and a circle ends. */
export function asTree(regions: readonly RegionNode[]): RegionBranch[] {
  const known = new Set(regions.map(({ id }) => id).filter((id) => id !== '')) // that is no region: what is of none
  const found: RegionBranch[] = []
  const seen = new Set<string>()
  const visit = (region: RegionNode, depth: number) => {
    if (seen.has(region.id)) return
    seen.add(region.id)
    found.push({ region, depth })
    for (const child of regions) if (known.has(child.parent) && child.parent === region.id) visit(child, depth + 1)
  }
  for (const region of regions) if (!known.has(region.parent)) visit(region, 0)
  for (const region of regions) visit(region, 0)
  return found
}

/** Cells as one background: a gradient with hard stops, `opacity` percent of a colour. */
export function heat(percent: readonly number[], colour: string): string {
  const width = 100 / Math.max(1, percent.length)
  const stops = percent.map((share, cell) => {
    const shade = `color-mix(in srgb, ${colour} ${Math.min(100, Math.max(0, share))}%, transparent)`
    return `${shade} ${(cell * width).toFixed(3)}% ${((cell + 1) * width).toFixed(3)}%`
  })
  return `linear-gradient(90deg, ${stops.join(', ')})`
}
