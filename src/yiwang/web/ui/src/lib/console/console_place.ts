/** Where in the console one is, as the address bar says it. */

export type ConsolePlace =
  | { readonly kind: 'now' }
  | { readonly kind: 'network' }
  | { readonly kind: 'channel'; readonly id: string }

export function consolePlaceOf(hash: string): ConsolePlace {
  const [kind, part] = hash.replace(/^#/, '').split('/')
  if (kind === 'network') return { kind }
  if (kind === 'channel' && part) {
    try {
      return { kind, id: decodeURIComponent(part) }
    } catch {
      return { kind: 'now' }
    }
  }
  return { kind: 'now' }
}

export function hashOfConsole(place: ConsolePlace): string {
  return place.kind === 'channel' ? `#channel/${encodeURIComponent(place.id)}` : `#${place.kind}`
}
