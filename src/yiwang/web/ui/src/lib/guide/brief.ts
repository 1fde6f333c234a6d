/** What a row of a list says of a channel's programme: what the guide of all sources has, else what the stream itself tells. */

import type { GuideEvent, Service } from '../api/types'
import { nowAndNext, progress } from './cells'
import type { Showing } from '../api/guide_api'

export interface Brief {
  /** Empty: nothing is known */
  readonly title: string
  /** BCP 47; empty: the viewer's, or not said */
  readonly language: string
  /** 0 to 1; null: its times are not known */
  readonly over: number | null
  readonly next: { readonly startMs: number; readonly title: string } | null
}

export function briefOf(service: Service, showings: readonly Showing[] | undefined, nowMs: number): Brief {
  const { now, next } = nowAndNext(showings ?? [], nowMs)
  const told = now?.title ? null : service.now
  const span = now ?? (told && spanOf(told))
  return {
    title: now?.title || told?.title || '',
    language: told?.language ?? '',
    over: span && progress(span, nowMs),
    next: next ?? (now ? null : nextOf(service.next, nowMs)),
  }
}

function spanOf({ start, duration_s }: GuideEvent): { startMs: number; stopMs: number } | null {
  const startMs = Date.parse(start ?? '')
  return Number.isNaN(startMs) || !duration_s ? null : { startMs, stopMs: startMs + 1000 * duration_s }
}

function nextOf(event: GuideEvent | null, nowMs: number): Brief['next'] {
  const startMs = Date.parse(event?.start ?? '')
  return event && event.title !== '' && startMs > nowMs ? { startMs, title: event.title } : null
}
