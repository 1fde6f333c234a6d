/** Why nothing plays, told apart by what can be done about it. */

export type Failure =
  | { readonly kind: 'codec'; readonly codecs: readonly string[] }
  | { readonly kind: 'network' }
  /** The node, or what stands before it, does not let this viewer have the channel */
  | { readonly kind: 'refused' }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'other'; readonly detail: string }

/** The part of shaka.util.Error that is read here. */
export interface PlayerError {
  readonly category: number
  readonly code: number
  readonly data?: readonly unknown[]
}

const NETWORK_CATEGORY = 1
const LOAD_INTERRUPTED = 7000
const BAD_HTTP_STATUS = 1001
/** RFC 9110 15.5.2 and 15.5.4, RFC 7725. */
const REFUSALS: ReadonlySet<unknown> = new Set([401, 403, 451])
/** Content unsupported by the browser; no variant playable; MediaSource refused the type. */
const CODEC_CODES: ReadonlySet<number> = new Set([4032, 4011, 4012, 3011, 3012])

/** No variant can be decoded: perhaps only for its sound. */
export function isContentUnsupported(error: unknown): boolean {
  return isPlayerError(error) && error.code === 4032
}

export function isPlayerError(error: unknown): error is PlayerError {
  return typeof error === 'object' && error !== null && 'category' in error && 'code' in error
}

/** A load that a later load replaced: not a failure. */
export function isInterrupted(error: unknown): boolean {
  return isPlayerError(error) && error.code === LOAD_INTERRUPTED
}

/** `codecs` are the names to show when the browser refuses them. */
export function failureOf(error: unknown, codecs: readonly string[]): Failure {
  if (!isPlayerError(error)) return { kind: 'other', detail: error instanceof Error ? error.message : String(error) }
  if (CODEC_CODES.has(error.code)) return { kind: 'codec', codecs }
  if (error.code === BAD_HTTP_STATUS && REFUSALS.has(error.data?.[1])) return { kind: 'refused' }
  if (error.category === NETWORK_CATEGORY) return { kind: 'network' }
  return { kind: 'other', detail: `Shaka ${error.code}` }
}
