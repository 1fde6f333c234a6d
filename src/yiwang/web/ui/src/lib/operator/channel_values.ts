/** A channel as the form has it, and as the config has it. */

import type { LocalText } from '../api/types'

export interface ConfiguredChannel {
  readonly id: string
  readonly service: Readonly<Record<string, unknown>>
  readonly in_file: boolean
  readonly changed: boolean
  readonly stopped: boolean
  /** URLs, without passwords */
  readonly sources: readonly string[]
  readonly held_source: string | null
}

export interface ChannelForm {
  id: string
  zh: string
  en: string
  number: string
  region: string
  program: string
  sources: string
}

export const EMPTY: ChannelForm = { id: '', zh: '', en: '', number: '', region: '', program: '', sources: '' }

export function formOf({ id, service }: ConfiguredChannel): ChannelForm {
  const name = service.name as LocalText | undefined
  return {
    id,
    zh: name?.zh ?? '',
    en: name?.en ?? '',
    number: service.number === undefined ? '' : String(service.number),
    region: service.region === undefined ? '' : String(service.region),
    program: service.program === undefined ? '' : String(service.program),
    sources: (service.source as readonly string[]).join('\n'),
  }
}

/** The keys of [[service]]; what the form does not show stays as it was. */
export function valuesOf(form: ChannelForm, before: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const { name: _, number: __, region: ___, program: ____, ...others } = before
  const zh = form.zh.trim()
  const en = form.en.trim()
  return {
    ...others,
    id: form.id.trim(),
    source: form.sources
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== ''),
    ...(zh || en ? { name: { zh: zh || en, en: en || zh } } : {}),
    ...(form.number.trim() ? { number: Number(form.number) } : {}),
    ...(form.region ? { region: form.region } : {}),
    ...(form.program.trim() ? { program: Number(form.program) } : {}),
  }
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
  readonly report: { readonly programs: readonly TriedProgram[] } | null
  readonly picture: string | null
}

export function streamWords(stream: TriedStream): string {
  const size = stream.width && stream.height ? `${stream.width} × ${stream.height}` : ''
  const sound = stream.sampling_frequency ? `${stream.sampling_frequency / 1000} kHz` : ''
  return [`PID ${stream.pid}`, stream.codec, size, sound, stream.language].filter(Boolean).join(' · ')
}
