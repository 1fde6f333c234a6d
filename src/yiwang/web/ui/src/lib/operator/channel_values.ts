/** A channel as the form has it, and as the config has it. */

import type { LocalText } from '../api/types'
import type { Clause } from '../console/said'

export interface ConfiguredChannel {
  readonly id: string
  readonly service: Readonly<Record<string, unknown>>
  readonly in_file: boolean
  readonly changed: boolean
  readonly stopped: boolean
  /** URLs, without passwords */
  readonly sources: readonly string[]
  readonly held_source: string | null
  /** `carried`: of another's list; `programme`: of a multiplex that is taken whole. Of those `service` is empty. */
  readonly kind: 'config' | 'carried' | 'programme'
  /** Id of the service of the config that takes the multiplex */
  readonly multiplex: string
}

export interface ChannelForm {
  id: string
  zh: string
  en: string
  number: string
  region: string
  program: string
  sources: string
  interface: string
  output: string
  segment_duration: string
  part_duration: string
  window: string
  low_latency: string
  transcode_audio: string
  transcode_video: string
  watch_picture: boolean
}

const NUMBERS = ['number', 'program', 'segment_duration', 'part_duration', 'window'] as const
const WORDS = ['region', 'interface', 'output', 'transcode_audio', 'transcode_video'] as const
/** Keys of which a channel that does not have them gets the node's. */
export const PACKAGING = ['segment_duration', 'part_duration', 'window', 'low_latency', 'transcode_audio', 'transcode_video'] as const

export const EMPTY: ChannelForm = {
  id: '',
  zh: '',
  en: '',
  number: '',
  region: '',
  program: '',
  sources: '',
  interface: '',
  output: '',
  segment_duration: '',
  part_duration: '',
  window: '',
  low_latency: '',
  transcode_audio: '',
  transcode_video: '',
  watch_picture: false,
}

/** GET /api/control/choices */
export interface Choices {
  readonly packaging: Readonly<Record<(typeof PACKAGING)[number], number | boolean | string>>
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly string[] }[]
}

export function formOf({ id, service }: ConfiguredChannel): ChannelForm {
  const name = service.name as LocalText | undefined
  const form = { ...EMPTY, id, zh: name?.zh ?? '', en: name?.en ?? '', sources: (service.source as readonly string[]).join('\n') }
  for (const key of [...NUMBERS, ...WORDS, 'low_latency'] as const) if (service[key] !== undefined) form[key] = String(service[key])
  form.watch_picture = service.watch_picture === true
  return form
}

/** The keys of [[service]]; what the form does not show stays as it was. */
export function valuesOf(form: ChannelForm, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const shown: readonly string[] = ['name', 'low_latency', 'watch_picture', ...NUMBERS, ...WORDS]
  const values = Object.fromEntries(Object.entries(before).filter(([key]) => !shown.includes(key)))
  const zh = form.zh.trim()
  const en = form.en.trim()
  values.id = form.id.trim()
  values.source = form.sources
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (zh || en) values.name = { zh: zh || en, en: en || zh }
  for (const key of NUMBERS) if (form[key].trim()) values[key] = Number(form[key])
  for (const key of WORDS) if (form[key].trim()) values[key] = form[key].trim()
  if (form.low_latency) values.low_latency = form.low_latency === 'true'
  if (form.watch_picture) values.watch_picture = true
  return values
}

/** What of it a dry run is about: while that is the same, what came of it holds. */
export function triable(values: Readonly<Record<string, unknown>>): string {
  return JSON.stringify([values.source, values.interface, values.program, values.output])
}

export interface TriedStream {
  readonly pid: number
  readonly codec: string
  readonly kind: string | null
  readonly width: number | null
  readonly height: number | null
  readonly channels: number | null
  readonly sampling_frequency: number | null
  readonly language: string
}

export interface TriedProgram {
  readonly program_number: number
  readonly service_name: string
  readonly bit_rate_bps: number | null
  readonly scrambled: boolean
  readonly streams: readonly TriedStream[]
}

export interface Tried {
  readonly url: string
  readonly fault: string
  readonly said: readonly Clause[]
  readonly report: { readonly programs: readonly TriedProgram[] } | null
  readonly picture: string | null
  /** whether it can be sent to; there is no report */
  readonly is_output: boolean
}

export function streamWords(stream: TriedStream): string {
  const size = stream.width && stream.height ? `${stream.width} × ${stream.height}` : ''
  const sound = stream.sampling_frequency ? `${stream.sampling_frequency / 1000} kHz` : ''
  return [`PID ${stream.pid}`, stream.codec, size, sound, stream.language].filter(Boolean).join(' · ')
}
