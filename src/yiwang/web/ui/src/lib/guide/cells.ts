/** A row of the guide as cells: programmes, and where nothing is known, gaps; and how one walks from cell to cell. */

import type { Showing } from '../api/guide_api'

export interface Cell {
  readonly startMs: number
  readonly stopMs: number
  /** Null: nothing is known */
  readonly showing: Showing | null
}

/** Cells that fill a span of time. A programme that reaches over its ends is whole; a gap ends with the span. */
export function cellsOf(showings: readonly Showing[], fromMs: number, toMs: number): Cell[] {
  const cells: Cell[] = []
  let atMs = fromMs
  for (const showing of showings) {
    if (showing.stopMs <= atMs || showing.startMs >= toMs) continue
    if (showing.startMs > atMs) cells.push({ startMs: atMs, stopMs: showing.startMs, showing: null })
    cells.push({ startMs: showing.startMs, stopMs: showing.stopMs, showing })
    atMs = showing.stopMs
  }
  if (atMs < toMs) cells.push({ startMs: atMs, stopMs: toMs, showing: null })
  return cells
}

export function cellAt(cells: readonly Cell[], atMs: number): Cell | undefined {
  return cells.find((cell) => cell.startMs <= atMs && atMs < cell.stopMs)
}

/** The time to go to for the cell `step` places further on, as far as cells are known. */
export function neighbourMs(cells: readonly Cell[], atMs: number, step: 1 | -1): number | null {
  const index = cells.findIndex((cell) => cell.startMs <= atMs && atMs < cell.stopMs)
  return index === -1 ? null : (cells[index + step]?.startMs ?? null)
}

/** What is on at a time, and what comes after it. */
export function nowAndNext(showings: readonly Showing[], atMs: number): { now: Showing | null; next: Showing | null } {
  const now = showings.find(({ startMs, stopMs }) => startMs <= atMs && atMs < stopMs) ?? null
  return { now, next: showings.find(({ startMs }) => startMs > atMs) ?? null }
}

/** How much of it is over, 0 to 1. */
export function progress({ startMs, stopMs }: Pick<Showing, 'startMs' | 'stopMs'>, atMs: number): number {
  return stopMs > startMs ? Math.min(1, Math.max(0, (atMs - startMs) / (stopMs - startMs))) : 0
}
