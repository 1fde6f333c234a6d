/** What an entry of the audit log changed, a line for each value that differs: `number: 3 → 7`. */

const NOTHING = '–'

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function written(value: unknown): string {
  if (value === null || value === undefined) return NOTHING
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** `before` and `after` as the log keeps them; null where there was, or is, nothing. */
export function changesOf(before: unknown, after: unknown): readonly string[] {
  if (!(isRecord(before) || before === null) || !(isRecord(after) || after === null)) return [`${written(before)} → ${written(after)}`]
  const [old, now] = [before ?? {}, after ?? {}]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .map((name) => `${name}: ${written(old[name])} → ${written(now[name])}`)
}
