/** The part of the guide that is looked at, fetched in blocks of rows by hours; what was seen lately is kept. */

import { askGuide, type GuideRow, type GuideService, type GuideWindow, type Showing } from '../api/guide_api'
import { type Cell, cellsOf } from './cells'
import { HOUR_MS } from './axis'

export interface GuideFilter {
  /** Empty: all */
  readonly region: string
  /** Only these channels; null: all */
  readonly channels: readonly string[] | null
}

export interface Span {
  readonly firstRow: number
  /** Exclusive */
  readonly endRow: number
  readonly fromMs: number
  readonly toMs: number
}

interface Block {
  readonly rows: number
  readonly hours: number
}

export const BLOCK_ROWS = 32
export const BLOCK_MS = 6 * HOUR_MS
const MOST_BLOCKS = 300
/** So near the edge of what is known what lies behind it is asked for, too, once all that is seen is there */
const AHEAD_MS = 2 * HOUR_MS
const AHEAD_ROWS = BLOCK_ROWS / 4
const FRESH_MS = 300_000
const AT_ONCE = 4
const RETRY_MS = 3_000

type Ask = typeof askGuide

export class GuideStore {
  /** How many services there are; null: not known yet. */
  total: number | null = $state(null)
  /** Rises with each block that comes. */
  version = $state(0)
  failed = $state(false)

  readonly #filter: GuideFilter
  readonly #lang: string
  readonly #ask: Ask
  readonly #services = new Map<number, GuideService>()
  readonly #blocks = new Map<string, { readonly atMs: number; readonly showings: readonly (readonly Showing[])[] }>()
  readonly #asked = new Map<string, AbortController>()
  #wanted: Block[] = []
  #retry: ReturnType<typeof setTimeout> | undefined

  constructor(filter: GuideFilter, lang: string, ask: Ask = askGuide) {
    this.#filter = filter
    this.#lang = lang
    this.#ask = ask
  }

  /** Have these rows and hours; what was wanted before and has not been answered is not wanted any more. */
  want(span: Span): void {
    if (this.#filter.channels?.length === 0) {
      this.total = 0 // nothing is asked for
      return
    }
    const seen = this.#missing(span)
    const keys = new Set(seen.map(keyOf))
    const ahead = this.total === null ? [] : this.#missing({ ...span, endRow: span.endRow + AHEAD_ROWS, toMs: span.toMs + AHEAD_MS })
    this.#wanted = [...seen, ...ahead.filter((block) => !keys.has(keyOf(block)))]
    for (const block of ahead) keys.add(keyOf(block))
    for (const [key, controller] of [...this.#asked]) {
      if (keys.has(key)) continue
      controller.abort()
      this.#asked.delete(key)
    }
    this.#askNext()
  }

  /** The service of a row; undefined: not known yet. */
  service(row: number): GuideService | undefined {
    return this.#services.get(row)
  }

  /** What fills a row from a time to another, whole blocks of it; null where none of it is known yet. */
  cells(row: number, fromMs: number, toMs: number): Cell[] | null {
    const showings: Showing[] = []
    let [knownFromMs, knownToMs] = [Infinity, -Infinity]
    for (let hours = Math.floor(fromMs / BLOCK_MS); hours * BLOCK_MS < toMs; hours += 1) {
      const block = this.#blocks.get(keyOf({ rows: Math.floor(row / BLOCK_ROWS), hours }))
      if (!block) {
        if (knownToMs > -Infinity) break // one run of blocks: a gap would look as if nothing were known of it
        continue
      }
      knownFromMs = Math.min(knownFromMs, hours * BLOCK_MS)
      knownToMs = (hours + 1) * BLOCK_MS
      for (const showing of block.showings[row % BLOCK_ROWS] ?? []) {
        if (showing.startMs !== showings.at(-1)?.startMs) showings.push(showing)
      }
    }
    return knownToMs > knownFromMs ? cellsOf(showings, knownFromMs, knownToMs) : null
  }

  stop(): void {
    clearTimeout(this.#retry)
    this.#wanted = []
    for (const controller of this.#asked.values()) controller.abort()
  }

  #missing({ firstRow, endRow, fromMs, toMs }: Span): Block[] {
    const freshMs = Date.now() - FRESH_MS
    const blocks: Block[] = []
    const lastRow = Math.min(endRow, this.total ?? endRow) - 1
    for (let rows = Math.floor(Math.max(0, firstRow) / BLOCK_ROWS); rows * BLOCK_ROWS <= lastRow; rows += 1) {
      for (let hours = Math.floor(fromMs / BLOCK_MS); hours * BLOCK_MS < toMs; hours += 1) {
        const known = this.#blocks.get(keyOf({ rows, hours }))
        if (!known || known.atMs < freshMs) blocks.push({ rows, hours })
      }
    }
    return blocks
  }

  #askNext(): void {
    for (const block of this.#wanted) {
      if (this.#asked.size >= AT_ONCE) return
      if (!this.#asked.has(keyOf(block))) void this.#fetch(block)
    }
  }

  async #fetch(block: Block): Promise<void> {
    const key = keyOf(block)
    const controller = new AbortController()
    this.#asked.set(key, controller)
    try {
      const { region, channels } = this.#filter
      const query = {
        region,
        ...(channels ? { channels } : {}),
        fromMs: block.hours * BLOCK_MS,
        toMs: (block.hours + 1) * BLOCK_MS,
        brief: true,
        offset: block.rows * BLOCK_ROWS,
        limit: BLOCK_ROWS,
      }
      const answer = await this.#ask(query, this.#lang, controller.signal)
      if (!controller.signal.aborted) this.#take(block, answer)
    } catch {
      if (!controller.signal.aborted) this.#fail()
      return
    } finally {
      if (this.#asked.get(key) === controller) this.#asked.delete(key)
    }
    this.#wanted = this.#wanted.filter((one) => keyOf(one) !== key)
    this.#askNext()
  }

  #take(block: Block, { total, rows }: GuideWindow): void {
    const key = keyOf(block)
    if (this.total !== null && this.total !== total) {
      this.#blocks.clear() // rows have moved
      this.#services.clear()
    }
    this.#blocks.delete(key)
    this.#blocks.set(key, { atMs: Date.now(), showings: rows.map((row: GuideRow) => row.showings) })
    rows.forEach((row, index) => this.#services.set(block.rows * BLOCK_ROWS + index, row))
    for (const oldest of this.#blocks.keys()) {
      if (this.#blocks.size <= MOST_BLOCKS) break
      this.#blocks.delete(oldest)
    }
    this.total = total
    this.failed = false
    this.version += 1
  }

  #fail(): void {
    this.failed = true
    clearTimeout(this.#retry)
    this.#retry = setTimeout(() => this.#askNext(), RETRY_MS)
  }
}

function keyOf({ rows, hours }: Block): string {
  return `${rows}/${hours}`
}
