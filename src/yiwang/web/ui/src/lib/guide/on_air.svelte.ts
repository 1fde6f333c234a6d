/** What is on and what comes next on some channels of this node, from the guide of all sources. */

import { askGuide, type GuideRow } from '../api/guide_api'
import { HOUR_MS, MINUTE_MS } from './axis'

const AHEAD_MS = 8 * HOUR_MS
const FRESH_MS = 60_000
const PATIENCE_MS = 6_000

export class OnAir {
  rows: ReadonlyMap<string, GuideRow> = $state.raw(new Map())
  /** Until when the guide has told what it knows of a channel */
  #toldMs: ReadonlyMap<string, number> = $state.raw(new Map())
  /** Channels that it could not be asked for the last time */
  #failed: ReadonlySet<string> = $state.raw(new Set())

  #asked = new Map<string, number>()
  #lang = ''

  /** Have the rows of these channels, asked for at most once a minute; where the node is away, those from before stay. */
  async want(channels: readonly string[], lang: string, nowMs: number): Promise<void> {
    if (lang !== this.#lang) this.#asked.clear()
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

  /** Whether the guide has told what it knows of a channel now; null: it is being asked. */
  isTold(channel: string, nowMs: number): boolean | null {
    if ((this.#toldMs.get(channel) ?? -Infinity) > nowMs) return true
    return this.#failed.has(channel) ? false : null
  }
}
