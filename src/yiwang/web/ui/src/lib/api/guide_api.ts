/** The guide, one programme and search: /api/guide, /api/programme, /api/search. Times are milliseconds since 1970. */

import type { LocalText } from './types'

/** What a programme is about: content_nibble_level_1 of EN 300 468; empty: not said. */
export const SUBJECTS = [
  'movie', 'news', 'show', 'sports', 'children', 'music', 'arts', 'society', 'education', 'leisure', 'special',
] as const // prettier-ignore
export type Subject = '' | (typeof SUBJECTS)[number]

/** A programme at a time on a service. */
export interface Showing {
  readonly startMs: number
  readonly stopMs: number
  readonly title: string
  readonly subTitle: string
  readonly text: string
  readonly genre: string
  readonly subject: Subject
  readonly age: number | null
  readonly flags: readonly string[]
}

/** A service of the network; `channel` is its id in /api/network where this node plays it, else empty. */
export interface GuideService {
  readonly id: string
  readonly channel: string
  readonly number: number | null
  readonly name: LocalText
  /** Of this node; empty: none. Another host's is not asked for. */
  readonly logo: string
}

export interface GuideRow extends GuideService {
  /** In the whole list of the region, from 0 */
  readonly place: number
  readonly showings: readonly Showing[]
}

export interface GuideWindow {
  readonly total: number
  readonly rows: readonly GuideRow[]
}

/** Why a thing was found: characters [from, to) of a text, which may be its title or another. */
export interface Reason {
  readonly field: string
  readonly text: string
  readonly spans: readonly (readonly [number, number])[]
}

export interface Found {
  readonly kind: 'service' | 'event'
  readonly service: string
  readonly channel: string
  readonly number: number | null
  readonly name: LocalText
  readonly title: string
  readonly subTitle: string
  readonly startMs: number | null
  readonly stopMs: number | null
  readonly reasons: readonly Reason[]
  /** The first of `nOthers` more showings of the programme, what is on or next first */
  readonly others: readonly Found[]
  readonly nOthers: number
}

export interface SearchAnswer {
  readonly total: number
  readonly found: readonly Found[]
}

export interface Programme {
  readonly service: GuideService
  readonly showing: Showing
  readonly credits: readonly { readonly job: string; readonly name: string; readonly role: string }[]
  readonly episode: { readonly season: number | null; readonly number: number | null; readonly of: number | null; readonly text: string } | null
  readonly date: string
  readonly categories: readonly string[]
  readonly countries: readonly string[]
  readonly languages: readonly string[]
  readonly quality: string
  readonly subtitled: boolean
  readonly ratings: readonly { readonly system: string; readonly value: string }[]
  readonly stars: readonly string[]
  readonly repeats: readonly Found[]
  readonly related: readonly Found[]
}

export interface GuideQuery {
  readonly region?: string
  readonly channels?: readonly string[]
  readonly service?: string
  readonly fromMs: number
  readonly toMs: number
  readonly brief?: boolean
  readonly offset?: number
  readonly limit?: number
}

interface Name {
  readonly value: string
  readonly lang: string
}
interface RawShowing {
  readonly start: string
  readonly stop: string
  readonly title: string
  readonly sub_title: string
  readonly text: string
  readonly genre: string
  readonly subject: Subject
  readonly age: number | null
  readonly flags: readonly string[]
}
interface RawService {
  readonly channel: string
  readonly number: number | null
  readonly names: readonly Name[]
  readonly logo: string
}
interface RawRow extends RawService {
  readonly id: string
  readonly place: number
  readonly events: readonly RawShowing[]
}
interface RawFound {
  readonly kind: 'service' | 'event'
  readonly service: string
  readonly service_names: readonly Name[]
  readonly channel: string
  readonly number: number | null
  readonly title: string
  readonly sub_title: string
  readonly start: string | null
  readonly stop: string | null
  readonly reasons: readonly Reason[]
  readonly others: readonly Omit<RawFound, 'kind' | 'reasons' | 'others' | 'n_others'>[]
  readonly n_others: number
}
type RawProgramme = Omit<Programme, 'service' | 'showing' | 'repeats' | 'related'> &
  RawService & {
    readonly service: string
    readonly event: RawShowing
    readonly repeats: readonly RawFound[]
    readonly related: readonly RawFound[]
  }

/** An answer that is none: what the server said, 0 where it could not be reached. */
export class ApiError extends Error {
  constructor(readonly status: number) {
    super(`status ${status}`)
  }
}

export async function askGuide(query: GuideQuery, lang: string, signal?: AbortSignal): Promise<GuideWindow> {
  const parameters = new URLSearchParams({ lang, start: String(Math.floor(query.fromMs / 1000)) })
  parameters.set('seconds', String(Math.max(1, Math.ceil((query.toMs - query.fromMs) / 1000))))
  if (query.region) parameters.set('region', query.region)
  if (query.brief) parameters.set('brief', 'true')
  if (query.offset) parameters.set('offset', String(query.offset))
  if (query.limit) parameters.set('limit', String(query.limit))
  if (query.service !== undefined) parameters.append('service', query.service)
  for (const channel of query.channels ?? []) parameters.append('channel', channel)
  const raw = await ask<{ total: number; rows: readonly RawRow[] }>('/api/guide', parameters, signal)
  return { total: raw.total, rows: raw.rows.map(rowOf) }
}

export async function askProgramme(service: string, atMs: number, lang: string, signal?: AbortSignal): Promise<Programme> {
  const parameters = new URLSearchParams({ service, lang, at: String(Math.floor(atMs / 1000)) })
  const raw = await ask<RawProgramme>('/api/programme', parameters, signal)
  return {
    ...raw,
    service: serviceOf(raw.service, raw),
    showing: showingOf(raw.event),
    repeats: raw.repeats.map(foundOf),
    related: raw.related.map(foundOf),
  }
}

export async function askSearch(
  text: string,
  kind: '' | 'service' | 'event',
  limit: number,
  lang: string,
  signal?: AbortSignal,
): Promise<SearchAnswer> {
  const parameters = new URLSearchParams({ q: text, kind, lang, limit: String(limit), together: 'true' })
  const raw = await ask<{ total: number; found: readonly RawFound[] }>('/api/search', parameters, signal)
  return { total: raw.total, found: raw.found.map(foundOf) }
}

async function ask<T>(path: string, parameters: URLSearchParams, signal: AbortSignal | undefined): Promise<T> {
  const response = await fetch(`${path}?${parameters.toString()}`, signal ? { signal } : {}).catch((error: unknown) => {
    throw signal?.aborted ? error : new ApiError(0)
  })
  if (!response.ok) throw new ApiError(response.status)
  return (await response.json()) as T
}

function rowOf(raw: RawRow): GuideRow {
  return { ...serviceOf(raw.id, raw), place: raw.place, showings: raw.events.map(showingOf) }
}

function serviceOf(id: string, raw: RawService): GuideService {
  return { id, channel: raw.channel, number: raw.number, name: localText(raw.names), logo: ownAddress(raw.logo) }
}

function showingOf(raw: RawShowing): Showing {
  const { title, text, genre, subject, age, flags } = raw
  return { startMs: Date.parse(raw.start), stopMs: Date.parse(raw.stop), title, subTitle: raw.sub_title, text, genre, subject, age, flags }
}

function foundOf(raw: RawFound): Found {
  const { kind, service, channel, number, title, reasons, n_others: nOthers } = raw
  const startMs = raw.start === null ? null : Date.parse(raw.start)
  const stopMs = raw.stop === null ? null : Date.parse(raw.stop)
  const others = raw.others.map((other) => foundOf({ ...other, kind, reasons: [], others: [], n_others: 0 }))
  const name = localText(raw.service_names)
  return { kind, service, channel, number, name, title, subTitle: raw.sub_title, startMs, stopMs, reasons, others, nOthers }
}

function localText(names: readonly Name[]): LocalText {
  const inLanguage = (lang: string) => names.find((name) => name.lang.split('-')[0] === lang)?.value
  const first = names[0]?.value ?? ''
  return { zh: inLanguage('zh') ?? first, en: inLanguage('en') ?? first }
}

function ownAddress(address: string): string {
  if (address === '' || address.startsWith('data:image/')) return address
  try {
    return new URL(address, location.href).origin === location.origin ? address : ''
  } catch {
    return ''
  }
}
