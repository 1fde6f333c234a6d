/** The lines of a figure over time; where nothing is known the line is broken. */

export interface Series {
  readonly step_s: number
  /** when steps began, seconds since 1970 */
  readonly times: readonly number[]
  readonly figures: Readonly<Record<string, readonly (number | null)[]>>
}

export interface Chart {
  readonly line: string
  readonly low: number
  readonly high: number
  readonly last: number
}

/** Draw a figure in a box; null: nothing is known of it. The lowest edge is 0, or what is lowest where that is below 0. */
export function chartOf(series: Series, figure: string, beginS: number, endS: number, width: number, height: number): Chart | null {
  const values = series.figures[figure] ?? []
  const known = series.times.flatMap((time, index) => {
    const value = values[index]
    return value === null || value === undefined ? [] : [{ time, value }]
  })
  const newest = known.at(-1)
  if (!newest) return null
  const low = known.reduce((least, { value }) => Math.min(least, value), Infinity)
  const high = known.reduce((most, { value }) => Math.max(most, value), -Infinity)
  const [floor, ceiling] = low < 0 ? [low, Math.max(high, low + 1)] : [0, Math.max(high, 1e-9)]
  let line = ''
  let before = -Infinity
  for (const { time, value } of known) {
    const x = ((time + series.step_s / 2 - beginS) / (endS - beginS)) * width
    const y = height - 1 - ((value - floor) / (ceiling - floor)) * (height - 2)
    const isBroken = time - before > 1.5 * series.step_s
    line += isBroken ? `M${x.toFixed(1)} ${y.toFixed(1)}h.1` : `L${x.toFixed(1)} ${y.toFixed(1)}`
    before = time
  }
  return { line, low, high, last: newest.value }
}
