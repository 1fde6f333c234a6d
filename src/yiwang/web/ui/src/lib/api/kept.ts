/** From when on channels can still be had, so that a viewer can start over, catch up and go on: /api/kept. */

const MOST = 50

/** In milliseconds since 1970, by channel; a channel of which nothing is known is not in it. */
export async function askKept(channels: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, number>> {
  const parameters = new URLSearchParams()
  for (const channel of [...new Set(channels)].slice(0, MOST)) parameters.append('channel', channel)
  if (parameters.size === 0) return new Map()
  try {
    const response = await fetch(`/api/kept?${parameters.toString()}`, signal ? { signal } : {})
    const begins = response.ok ? ((await response.json()) as Record<string, string>) : {}
    return new Map(Object.entries(begins).map(([channel, at]) => [channel, Date.parse(at)] as const))
  } catch {
    return new Map()
  }
}
