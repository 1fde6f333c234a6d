/** What the viewer is told instead of a picture: a function of everything known about the channel. */

import type { FeedState } from '../api/event_feed.svelte'
import type { LocalText, ServiceState } from '../api/types'
import type { LockReason } from '../mine/parental.svelte'
import type { Failure } from './failure'

export type Notice =
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'offline' }
  | { readonly kind: 'refused' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'no-signal'; readonly reason: LocalText | null }
  | { readonly kind: 'starting'; readonly reason: LocalText | null }
  | { readonly kind: 'codec'; readonly codecs: readonly string[] }
  | { readonly kind: 'retrying'; readonly detail: string }
  | { readonly kind: 'locked'; readonly lock: LockReason }
  /** Not for where the viewer is: the region's id, empty where nobody knows */
  | { readonly kind: 'kept'; readonly reason: LocalText; readonly region: string; readonly until: string | null }

export interface Situation {
  /** Undefined when the node no longer lists the service */
  readonly service:
    | { readonly state: ServiceState; readonly reason: LocalText | null; readonly codecs: readonly string[] }
    | undefined
  readonly feed: FeedState
  /** Whether this device has a network at all, as far as the browser knows */
  readonly online: boolean
  readonly failure: Failure | null
  /** For how long the picture has stood still although it should run; 0 while it runs or is paused */
  readonly stillMs: number
}

/** A picture that stands for less is not worth a word: it is a channel change or a breath of the network. */
export const PATIENCE_MS = 2_000

export function noticeOf({ service, feed, online, failure, stillMs }: Situation): Notice | null {
  if (service?.state === 'unsupported') return { kind: 'codec', codecs: service.codecs }
  if (failure?.kind === 'codec') return failure
  if (failure === null && stillMs < PATIENCE_MS) return null
  if (!online && (feed === 'lost' || failure?.kind === 'network')) return { kind: 'offline' }
  if (feed === 'lost') return { kind: 'unreachable' }
  if (service === undefined) return { kind: 'gone' }
  if (service.state !== 'live') return { kind: service.state, reason: service.reason }
  if (failure === null) return online ? null : { kind: 'offline' } // the event stream may take long to see it
  if (failure.kind === 'refused') return failure
  return { kind: 'retrying', detail: failure.kind === 'other' ? failure.detail : '' }
}

/** Pause before the next attempt, in milliseconds; `attempts` have failed so far. */
export function retryDelayMs(attempts: number): number {
  return Math.min(1_000 * 2 ** Math.max(0, attempts - 1), 8_000)
}
