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
  /** round values that are written beside it, the lowest first: the first is its lower edge, the last its upper one */
  readonly ticks: readonly number[]
}

/** Round values, four or five of them, from what is lowest (0, if nothing is below) to what is highest or just above. */
export function ticksOf(low: number, high: number): number[] {
  const bottom = Math.min(0, low)
  const least = Math.max(high - bottom, 1e-9) / 4 // a figure that is always 0 has an upper edge, too
  const power = 10 ** Math.floor(Math.log10(least))
  const step = power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= least * (1 - 1e-9)) ?? 10)
  const [first, last] = [Math.floor(bottom / step + 1e-9), Math.ceil(high / step - 1e-9)]
  return Array.from({ length: Math.max(2, last - first + 1) }, (_, index) => (first + index) * step)
}

/** What is known of a moment: the value of the step it lies in, or of the nearest one not further than `withinS`. */
export function valueNear(series: Series, figure: string, atS: number, withinS: number): { atS: number; value: number } | null {
  let [nearest, found]: [number, { atS: number; value: number } | null] = [withinS, null]
  series.times.forEach((time, index) => {
    const value = series.figures[figure]?.[index]
    const far = Math.abs(time + series.step_s / 2 - atS)
    if (far <= nearest && value !== null && value !== undefined) [nearest, found] = [far, { atS: time, value }]
  })
  return found
}

/** Draw a figure in a box; null: nothing is known of it. Its edges are the outermost of `ticksOf`. */
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
  const ticks = ticksOf(low, high)
  const [floor, ceiling] = [ticks[0] ?? 0, ticks.at(-1) ?? 1]
  let line = ''
  let before = -Infinity
  for (const { time, value } of known) {
    const x = ((time + series.step_s / 2 - beginS) / (endS - beginS)) * width
    const y = height - 1 - ((value - floor) / (ceiling - floor)) * (height - 2)
    const isBroken = time - before > 1.5 * series.step_s
    line += isBroken ? `M${x.toFixed(1)} ${y.toFixed(1)}h.1` : `L${x.toFixed(1)} ${y.toFixed(1)}`
    before = time
  }
  return { line, low, high, last: newest.value, ticks }
}
