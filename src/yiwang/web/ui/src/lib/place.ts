/** Where in the web TV one is, as the address bar says it. Channels are `#/id` (lib/tuner/deep_link); pages have no slash. */

export type Place =
  | { readonly kind: 'watch' }
  /** `service` and `atMs` are where the guide's cursor stands; null: on the channel that is watched, now */
  | { readonly kind: 'guide'; readonly service: string | null; readonly atMs: number | null }
  | { readonly kind: 'programme'; readonly service: string; readonly atMs: number }
  | { readonly kind: 'search'; readonly text: string }
  | { readonly kind: 'mine' }

export const WATCH: Place = { kind: 'watch' }
export const GUIDE: Place = { kind: 'guide', service: null, atMs: null }

export function placeOf(hash: string): Place {
  const [kind, ...parts] = hash.replace(/^#/, '').split('/')
  const texts = parts.map(decoded)
  const [first, second] = texts
  const atMs = second && /^\d{1,11}$/.test(second) ? 1000 * Number(second) : null
  if (kind === 'guide') return { kind, service: first && atMs !== null ? first : null, atMs: first ? atMs : null }
  if (kind === 'programme' && first && atMs !== null) return { kind, service: first, atMs }
  if (kind === 'search') return { kind, text: first ?? '' }
  if (kind === 'mine') return { kind }
  return WATCH
}

/** The address of a page; of watching it is the channel's, which the tuner writes. */
export function hashOf(place: Place): string {
  const at = (service: string, atMs: number) => `${encodeURIComponent(service)}/${Math.floor(atMs / 1000)}`
  switch (place.kind) {
    case 'watch':
      return '#/'
    case 'guide':
      return place.service !== null && place.atMs !== null ? `#guide/${at(place.service, place.atMs)}` : '#guide'
    case 'programme':
      return `#programme/${at(place.service, place.atMs)}`
    case 'search':
      return place.text === '' ? '#search' : `#search/${encodeURIComponent(place.text)}`
    case 'mine':
      return '#mine'
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return ''
  }
}
