/** A span of time that is looked at: zoomed about a place, moved, and never beyond what there is. */

export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

const SHORTEST_MS = 1_000

/** `factor` below 1 zooms in; `at` is what stays where it is, 0 (left) to 1 (right). */
export function zoomed(span: Span, factor: number, at: number, whole: Span): Span {
  const longest = whole.toMs - whole.fromMs
  const length = Math.min(longest, Math.max(Math.min(SHORTEST_MS, longest), (span.toMs - span.fromMs) * factor))
  const fromMs = span.fromMs + (span.toMs - span.fromMs - length) * at
  return within({ fromMs, toMs: fromMs + length }, whole)
}

/** Move by a share of what is seen. */
export function moved(span: Span, share: number, whole: Span): Span {
  const byMs = (span.toMs - span.fromMs) * share
  return within({ fromMs: span.fromMs + byMs, toMs: span.toMs + byMs }, whole)
}

function within({ fromMs, toMs }: Span, whole: Span): Span {
  const overMs = Math.max(0, whole.fromMs - fromMs) - Math.max(0, toMs - whole.toMs)
  return { fromMs: Math.max(whole.fromMs, fromMs + overMs), toMs: Math.min(whole.toMs, toMs + overMs) }
}

export interface Box {
  /** percent */
  readonly left: number
  readonly width: number
}

/** Where something lies in the span; null: outside of it. */
export function boxOf(startMs: number, endMs: number, { fromMs, toMs }: Span): Box | null {
  if (endMs < fromMs || startMs > toMs || toMs <= fromMs) return null
  const [left, right] = [Math.max(startMs, fromMs), Math.min(endMs, toMs)]
  return { left: (100 * (left - fromMs)) / (toMs - fromMs), width: (100 * (right - left)) / (toMs - fromMs) }
}

const STEPS_S = [0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600]

/** Round moments to write under the strip, `most` at most. */
export function marks({ fromMs, toMs }: Span, most: number): number[] {
  const stepS = STEPS_S.find((step) => (toMs - fromMs) / 1000 / step <= most) ?? 43_200
  const stepMs = 1000 * stepS
  const found: number[] = []
  for (let at = Math.ceil(fromMs / stepMs) * stepMs; at <= toMs && found.length < 99; at += stepMs) found.push(at)
  return found
}
