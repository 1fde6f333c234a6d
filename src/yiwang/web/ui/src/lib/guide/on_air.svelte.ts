/** What is on and what comes next on some channels of this node, from the guide of all sources. */

import { askGuide, type GuideRow } from '../api/guide_api'
import { HOUR_MS, MINUTE_MS } from './axis'

const AHEAD_MS = 8 * HOUR_MS
const FRESH_MS = 60_000
const PATIENCE_MS = 6_000

export class OnAir {
  rows: ReadonlyMap<string, GuideRow> = $state.raw(new Map())
  /** Channels of which the guide has told what it knows, or could not be asked. */
  answered: ReadonlySet<string> = $state.raw(new Set())

  #asked = new Map<string, number>()
  #lang = ''

  /** Have the rows of these channels, asked for at most once a minute; where the node is away, those from before stay. */
  async want(channels: readonly string[], lang: string, nowMs: number): Promise<void> {
    if (lang !== this.#lang) this.#asked.clear()
    this.#lang = lang
    const missing = channels.filter((channel) => (this.#asked.get(channel) ?? -Infinity) < nowMs - FRESH_MS)
    if (missing.length === 0) return
    for (const channel of missing) this.#asked.set(channel, nowMs)
    try {
      const fromMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS // whoever asks in this minute gets the same answer
      const { rows } = await askGuide({ channels: missing, fromMs, toMs: fromMs + AHEAD_MS, limit: missing.length }, lang, AbortSignal.timeout(PATIENCE_MS))
      if (lang === this.#lang) this.rows = new Map([...this.rows, ...rows.map((row) => [row.channel, row] as const)])
    } catch {
      for (const channel of missing) this.#asked.delete(channel)
    }
    this.answered = new Set([...this.answered, ...missing])
  }
}
