/** `/#/{service-id}` names a channel, `/#/{service-id}/{seconds}` a moment of it (seconds since 1970). */

const ADDRESS = /^#\/([^/?#]+)(?:\/(\d{1,11}))?$/

export function serviceIdFromHash(hash: string): string | null {
  const match = ADDRESS.exec(hash)
  if (match?.[1] === undefined) return null
  try {
    return decodeURIComponent(match[1])
  } catch {
    return null
  }
}

/** The moment that an address names, in milliseconds since 1970; null: none, which is now. */
export function momentFromHash(hash: string): number | null {
  const seconds = ADDRESS.exec(hash)?.[2]
  return seconds === undefined ? null : 1000 * Number(seconds)
}

export function hashOfService(id: string): string {
  return `#/${encodeURIComponent(id)}`
}
