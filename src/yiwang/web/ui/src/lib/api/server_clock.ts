/** The node's wall clock as seen from here: latency is the difference of two clocks, so they must be compared first. */

let offsetMs = 0

/** Milliseconds since 1970-01-01Z by the node's clock. */
export function serverNowMs(): number {
  return Date.now() + offsetMs
}

/** Offset of a server's clock from ours, taking its answer to be made half way between request and response. */
export function clockOffsetMs(sentMs: number, receivedMs: number, serverMs: number): number {
  return serverMs - (sentMs + receivedMs) / 2
}

/** Ask the node for its time. Without an answer the offset stays as it was. */
export async function compareClocks(): Promise<void> {
  try {
    const sentMs = Date.now()
    const response = await fetch('/api/time', { cache: 'no-store' })
    const serverMs = Date.parse((await response.text()).trim().replace(/^"|"$/g, ''))
    if (response.ok && Number.isFinite(serverMs)) offsetMs = clockOffsetMs(sentMs, Date.now(), serverMs)
  } catch {
    // The node is away; the pages say so through their event feeds.
  }
}
