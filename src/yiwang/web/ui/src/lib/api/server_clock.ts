/** The node's wall clock as seen from here: latency is the difference of two clocks, so they must be compared first. */

export interface ClockSample {
  readonly sentMs: number
  readonly receivedMs: number
  readonly serverMs: number
}

const SAMPLES = 4

let offsetMs = 0

/** Milliseconds since 1970-01-01Z by the node's clock. */
export function serverNowMs(): number {
  return Date.now() + offsetMs
}

/**
 * Offset of a server's clock from ours. The answer is taken to be made half way between request and response; of several
 * the fastest is believed, as its half way is known best: a page that is still loading answers late.
 */
export function clockOffsetMs(samples: readonly ClockSample[]): number | null {
  const roundTripMs = ({ sentMs, receivedMs }: ClockSample) => receivedMs - sentMs
  const [fastest] = [...samples].sort((a, b) => roundTripMs(a) - roundTripMs(b))
  return fastest ? fastest.serverMs - (fastest.sentMs + fastest.receivedMs) / 2 : null
}

/** Ask the node for its time. Without an answer the offset stays as it was. */
export async function compareClocks(): Promise<void> {
  const samples: ClockSample[] = []
  try {
    while (samples.length < SAMPLES) samples.push(await askTime())
  } catch {
    // The node is away; the pages say so through their event feeds.
  }
  offsetMs = clockOffsetMs(samples) ?? offsetMs
}

async function askTime(): Promise<ClockSample> {
  const sentMs = Date.now()
  const response = await fetch('/api/time', { cache: 'no-store' })
  const receivedMs = Date.now()
  const serverMs = Date.parse((await response.text()).trim())
  if (!response.ok || !Number.isFinite(serverMs)) throw new Error('no time')
  return { sentMs, receivedMs, serverMs }
}
