/** How a channel is, at a glance; worst first. */

import type { ChannelReport } from '../api/types'

export const HEALTHS = ['down', 'faulty', 'starting', 'unplayable', 'good'] as const
export type Health = (typeof HEALTHS)[number]

/** A live channel that has published nothing for longer is down, whatever it says of itself. */
export const SEGMENT_OVERDUE_S = 15
const RECENT_MS = 60_000

/** `recentFaults`: faults counted in the last minute. */
export function healthOf(channel: ChannelReport, recentFaults: number, nowMs: number): Health {
  switch (channel.state) {
    case 'no-signal':
      return 'down'
    case 'unsupported':
      return 'unplayable'
    case 'starting':
      return 'starting'
    case 'live': {
      if (channel.segment_age_s !== null && channel.segment_age_s > SEGMENT_OVERDUE_S) return 'down'
      const erredRecently = channel.last_error !== null && nowMs - Date.parse(channel.last_error.at) < RECENT_MS
      return recentFaults > 0 || erredRecently || channel.source_clock_off ? 'faulty' : 'good'
    }
  }
}

export interface Rated {
  readonly channel: ChannelReport
  readonly health: Health
  readonly recentContinuityErrors: number
}

export function worstFirst(rated: readonly Rated[]): Rated[] {
  return [...rated].sort(
    (a, b) =>
      HEALTHS.indexOf(a.health) - HEALTHS.indexOf(b.health) ||
      a.channel.number - b.channel.number ||
      a.channel.id.localeCompare(b.channel.id),
  )
}

export interface Filter {
  readonly text: string
  readonly region: string | null
  readonly health: Health | null
}

export function matches({ channel, health }: Rated, filter: Filter): boolean {
  if (filter.region !== null && channel.region !== filter.region) return false
  if (filter.health !== null && health !== filter.health) return false
  const wanted = filter.text.trim().toLowerCase()
  const { id, number, name, source } = channel
  return wanted === '' || [id, String(number), name.zh, name.en, source].some((text) => text.toLowerCase().includes(wanted))
}
