/** The path of a small chart. */

export interface SparklinePaths {
  readonly line: string
  readonly area: string
}

/** Draw values from left to right in a box; zero is at the bottom, so a fallen input looks fallen. */
export function sparklinePaths(values: readonly number[], width: number, height: number): SparklinePaths {
  if (values.length < 2) return { line: '', area: '' }
  const highest = Math.max(...values, 1)
  const points = values.map((value, index) => {
    const x = (index / (values.length - 1)) * width
    const y = height - (Math.max(0, value) / highest) * (height - 2) - 1
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  })
  const line = `M${points.join('L')}`
  return { line, area: `${line}L${width} ${height}L0 ${height}Z` }
}
