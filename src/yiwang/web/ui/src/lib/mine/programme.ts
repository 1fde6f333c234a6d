/** A programme as this browser keeps it: the one of a service that begins at `startMs`. */

import type { LocalText } from '../api/types'

export interface Programme {
  /** Of the network */
  readonly service: string
  readonly channel: string
  readonly name: LocalText
  readonly title: string
  readonly startMs: number
  readonly stopMs: number
}

export function isOf(programme: Programme, service: string, startMs: number): boolean {
  return programme.service === service && programme.startMs === startMs
}

export function isProgramme(value: unknown): value is Programme {
  if (typeof value !== 'object' || value === null) return false
  const { service, channel, title, startMs, stopMs, name } = value as Record<string, unknown>
  const texts = [service, channel, title].every((text) => typeof text === 'string')
  return texts && typeof startMs === 'number' && typeof stopMs === 'number' && typeof name === 'object' && name !== null
}
