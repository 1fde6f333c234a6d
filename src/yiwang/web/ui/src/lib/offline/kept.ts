/** What the service worker answers from what it keeps; everything else, media above all, goes by it. */

/** `page` and `file`: of this version of the pages. `list`: the channels, as they were told last. */
export type Kept = 'page' | 'file' | 'list'

export const LIST = '/api/network'

export interface Asked {
  readonly method: string
  readonly mode: string
  readonly url: string
}

/** Null: it is none of ours. `files` are paths. */
export function keptAs({ method, mode, url }: Asked, origin: string, files: ReadonlySet<string>): Kept | null {
  const { origin: theirs, pathname } = new URL(url)
  if (method !== 'GET' || theirs !== origin) return null
  if (mode === 'navigate') return pathname === '/' ? 'page' : null
  if (pathname === LIST) return 'list'
  return files.has(pathname) ? 'file' : null
}
