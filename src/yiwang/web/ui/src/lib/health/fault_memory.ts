/** Counters only rise; what an operator wants to know is how much they rose in the last minute. */

import type { ChannelReport } from '../api/types'

interface Look {
  readonly atMs: number
  readonly continuityErrors: number
  readonly faults: number
}

export interface RecentFaults {
  readonly continuityErrors: number
  readonly faults: number
}

const SPAN_MS = 60_000

export class FaultMemory {
  readonly #looks = new Map<string, Look[]>()

  /** Take a report in; gives what its channel's counters gained over the last minute. */
  observe(channel: ChannelReport, nowMs: number): RecentFaults {
    const look: Look = {
      atMs: nowMs,
      continuityErrors: channel.continuity_count_errors,
      faults: Object.values(channel.faults).reduce((sum, count) => sum + count, 0),
    }
    const before = (this.#looks.get(channel.id) ?? []).filter(({ atMs }) => nowMs - atMs <= SPAN_MS)
    const oldest = before[0] ?? look
    // A counter that fell belongs to a channel that was started anew: what it had before is over.
    const restarted = look.faults < oldest.faults || look.continuityErrors < oldest.continuityErrors
    this.#looks.set(channel.id, restarted ? [look] : [...before, look])
    if (restarted) return { continuityErrors: 0, faults: 0 }
    return {
      continuityErrors: look.continuityErrors - oldest.continuityErrors,
      faults: look.faults - oldest.faults,
    }
  }
}
