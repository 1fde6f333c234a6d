/** Where a time is in the guide's grid. A column is a minute; day and week are the viewer's. */

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS
export const DAYS = 7
const HOURS_BEFORE = 3

export interface Axis {
  readonly startMs: number
  readonly stopMs: number
}

/** From some hours before now to a week after. */
export function axisAround(nowMs: number): Axis {
  const startMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS - HOURS_BEFORE * HOUR_MS
  return { startMs, stopMs: startMs + DAYS * 24 * HOUR_MS + HOURS_BEFORE * HOUR_MS }
}

export function minutesOf(axis: Axis): number {
  return (axis.stopMs - axis.startMs) / MINUTE_MS
}

/** Half hours from a time to another, both within the axis. */
export function halfHours(axis: Axis, fromMs: number, toMs: number): number[] {
  const step = 30 * MINUTE_MS
  const first = Math.max(axis.startMs, Math.floor(fromMs / step) * step)
  const marks: number[] = []
  for (let atMs = first; atMs < Math.min(toMs, axis.stopMs); atMs += step) marks.push(atMs)
  return marks
}

/** The days of the axis that begin at or after now: each as the time in it that is the same time of day as now. */
export function dayJumps(axis: Axis, nowMs: number): number[] {
  const jumps: number[] = []
  for (let day = 0; day < DAYS; day += 1) {
    const at = new Date(nowMs)
    at.setDate(at.getDate() + day) // a day may have 23 hours
    if (at.getTime() < axis.stopMs) jumps.push(at.getTime())
  }
  return jumps
}

export function isSameDay(oneMs: number, otherMs: number): boolean {
  return new Date(oneMs).toDateString() === new Date(otherMs).toDateString()
}

/**
 * Where to scroll so that a cell can be seen: its beginning if that is out of sight, unless enough of it is seen already.
 * All in pixels of the scrolled content; `room` is how much is seen.
 */
export function scrollToSee(begin: number, end: number, scrolled: number, room: number, enough: number): number {
  const seen = Math.min(end, scrolled + room) - Math.max(begin, scrolled)
  const isWhole = begin >= scrolled && end <= scrolled + room
  if (isWhole || (begin < scrolled && seen >= enough)) return scrolled
  if (begin >= scrolled && end > scrolled + room) return Math.min(begin, end - room)
  return begin
}
