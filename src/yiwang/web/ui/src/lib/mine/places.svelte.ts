/** Where a viewer left programmes before they ended; kept in this browser. The node may not have them any more. */

import { recallRecord, rememberRecord } from '../remembered'
import { isOf, isProgramme, type Programme } from './programme'

export interface KeptPlace extends Programme {
  /** The moment that was on the screen, by the wall clock of the media */
  readonly atMs: number
  /** When that was */
  readonly leftMs: number
  /** Whether that was behind the live edge */
  readonly wasBehind: boolean
}

const MOST = 20
/** Less than this of a programme is not worth going on with: at its beginning, and before its end. */
export const LITTLE_MS = 60_000

/** Whether going on there is another thing than to watch what is on. */
export function isBehind({ atMs }: KeptPlace, nowMs: number): boolean {
  return nowMs - atMs > LITTLE_MS / 2
}

export class Places {
  /** Those that were left last are first. */
  list: readonly KeptPlace[] = $state.raw(recallRecord('places', placesOf))

  /** Take note of where one is; of a programme that has just begun or is nearly over nothing is kept. */
  note(place: KeptPlace): void {
    const others = this.list.filter((one) => !isOf(one, place.service, place.startMs))
    const isWorthIt = place.atMs - place.startMs >= LITTLE_MS && place.stopMs - place.atMs >= LITTLE_MS
    if (isWorthIt) this.#keep([place, ...others].slice(0, MOST))
    else if (others.length < this.list.length && place.stopMs - place.atMs < LITTLE_MS) this.#keep(others)
  }

  of(service: string, startMs: number): KeptPlace | undefined {
    return this.list.find((one) => isOf(one, service, startMs))
  }

  remove(service: string, startMs: number): void {
    this.#keep(this.list.filter((one) => !isOf(one, service, startMs)))
  }

  #keep(list: readonly KeptPlace[]): void {
    this.list = list
    rememberRecord('places', list)
  }
}

function placesOf(value: unknown): KeptPlace[] {
  return Array.isArray(value) ? value.filter(isPlace).slice(0, MOST) : []
}

function isPlace(value: unknown): value is KeptPlace {
  if (!isProgramme(value)) return false
  const { atMs, leftMs, wasBehind } = value as unknown as Record<string, unknown>
  return typeof atMs === 'number' && typeof leftMs === 'number' && typeof wasBehind === 'boolean'
}
