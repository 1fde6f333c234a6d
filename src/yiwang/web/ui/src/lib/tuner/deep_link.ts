/** `/#/{service-id}` names a channel. */

export function serviceIdFromHash(hash: string): string | null {
  const match = /^#\/([^/?#]+)$/.exec(hash)
  if (match?.[1] === undefined) return null
  try {
    return decodeURIComponent(match[1])
  } catch {
    return null
  }
}

export function hashOfService(id: string): string {
  return `#/${encodeURIComponent(id)}`
}
