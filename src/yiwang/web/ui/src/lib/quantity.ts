/** Quantities as people read them. Units are international, so these need no language. */

export function bitRate(bps: number): string {
  if (!(bps > 0)) return '0'
  if (bps < 1e6) return `${Math.round(bps / 1e3)} kbit/s`
  return `${(bps / 1e6).toFixed(bps < 1e7 ? 2 : 1)} Mbit/s`
}

export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = count
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 1 : 0)} s`
}
