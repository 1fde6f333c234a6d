/** The first answer of the node: asked for once, by whoever's script runs first. */

import type { Network } from '../api/types'

export interface FirstAnswer<T> {
  readonly value: T
  /** The ETag as it came; empty: none */
  readonly etag: string
}

declare global {
  interface Window {
    /** Set by `first_list.ts`; null: the node did not answer. */
    __yiwangFirst?: Promise<FirstAnswer<Network> | null>
  }
}

export async function ask<T>(url: string): Promise<FirstAnswer<T> | null> {
  try {
    const response = await fetch(url)
    return response.ok ? { value: (await response.json()) as T, etag: response.headers.get('etag') ?? '' } : null
  } catch {
    return null // the stream of events will say so
  }
}

/** What has been asked already, once; else ask. */
export function begunOr(url: string): Promise<FirstAnswer<Network> | null> {
  const begun = window.__yiwangFirst
  delete window.__yiwangFirst
  return begun ?? ask<Network>(url)
}
