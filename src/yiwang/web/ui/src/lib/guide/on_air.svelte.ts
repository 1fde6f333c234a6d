/** What is on and what comes next on some channels of this node, from the guide of all sources. */

import { askGuide, type GuideRow, type Showing } from '../api/guide_api'
import { HOUR_MS, MINUTE_MS } from './axis'
import { nowAndNext } from './cells'

const AHEAD_MS = 8 * HOUR_MS
const FRESH_MS = 60_000
const PATIENCE_MS = 6_000

export class OnAir {
  rows: ReadonlyMap<string, GuideRow> = $state.raw(new Map())
  /** Until when the guide has told what it knows of a channel */
  #toldMs: ReadonlyMap<string, number> = $state.raw(new Map())
  /** Channels that it could not be asked for the last time */
  #failed: ReadonlySet<string> = $state.raw(new Set())

  /** What was on in an hour that has been looked back at and in the next one, by channel and hour */
  #earlier: ReadonlyMap<string, readonly Showing[]> = $state.raw(new Map())
  /** Hours that the guide could not be asked for the last time */
  #failedHours: ReadonlySet<string> = $state.raw(new Set())

  #asked = new Map<string, number>()
  #askedHours = new Set<string>()
  #lang = ''

  /** Have the rows of these channels, asked for at most once a minute; where the node is away, those from before stay. */
  async want(channels: readonly string[], lang: string, nowMs: number): Promise<void> {
    if (lang !== this.#lang) {
      this.#asked.clear()
      this.#askedHours.clear() // what was told in the other language stays until it is told again
    }
    this.#lang = lang
    const missing = channels.filter((channel) => (this.#asked.get(channel) ?? -Infinity) < nowMs - FRESH_MS)
    if (missing.length === 0) return
    for (const channel of missing) this.#asked.set(channel, nowMs)
    let isTold = false
    try {
      const fromMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS // whoever asks in this minute gets the same answer
      const { rows } = await askGuide({ channels: missing, fromMs, toMs: fromMs + AHEAD_MS, limit: missing.length }, lang, AbortSignal.timeout(PATIENCE_MS))
      if (lang === this.#lang) this.rows = new Map([...this.rows, ...rows.map((row) => [row.channel, row] as const)])
      this.#toldMs = new Map([...this.#toldMs, ...missing.map((channel) => [channel, fromMs + AHEAD_MS] as const)])
      isTold = true
    } catch {
      for (const channel of missing) this.#asked.delete(channel)
    }
    const others = [...this.#failed].filter((channel) => !missing.includes(channel))
    this.#failed = new Set(isTold ? others : [...others, ...missing])
  }

  /** What was or is on a channel at a moment, and what came next, as far as that was asked for. */
  at(channel: string, atMs: number): { now: Showing | null; next: Showing | null } {
    const found = nowAndNext(this.rows.get(channel)?.showings ?? [], atMs)
    if (found.now) return found
    const earlier = hoursOf(channel, atMs).map((hour) => nowAndNext(this.#earlier.get(hour) ?? [], atMs))
    return earlier.find(({ now }) => now) ?? earlier.find(({ next }) => next) ?? found
  }

  /** Have what was on in the hour of a moment that is over and in the next one, asked for once. */
  async wantAt(channel: string, atMs: number): Promise<void> {
    const [[key], lang] = [hoursOf(channel, atMs), this.#lang]
    if (this.#askedHours.has(key)) return
    this.#askedHours.add(key)
    const fromMs = Math.floor(atMs / HOUR_MS) * HOUR_MS
    let isTold = false
    try {
      const { rows } = await askGuide({ channels: [channel], fromMs, toMs: fromMs + 2 * HOUR_MS }, lang, AbortSignal.timeout(PATIENCE_MS))
      if (lang === this.#lang) this.#earlier = new Map([...this.#earlier, [key, rows[0]?.showings ?? []]])
      isTold = true
    } catch {
      this.#askedHours.delete(key)
    }
    const others = [...this.#failedHours].filter((hour) => hour !== key)
    this.#failedHours = new Set(isTold ? others : [...others, key])
  }

  /** Whether the guide has told what it knows of a channel now; null: it is being asked. */
  isTold(channel: string, nowMs: number): boolean | null {
    if ((this.#toldMs.get(channel) ?? -Infinity) > nowMs) return true
    return this.#failed.has(channel) ? false : null
  }

  /** The same of a moment that is over, by what `wantAt` has asked. */
  isToldAt(channel: string, atMs: number): boolean | null {
    const hours = hoursOf(channel, atMs)
    if (hours.some((hour) => this.#earlier.has(hour))) return true
    return this.#failedHours.has(hours[0]) ? false : null
  }
}

/** The hours whose answers tell of a moment: its own first, and the one before. */
function hoursOf(channel: string, atMs: number): [string, string] {
  const hour = Math.floor(atMs / HOUR_MS)
  return [`${channel} ${hour}`, `${channel} ${hour - 1}`]
}
