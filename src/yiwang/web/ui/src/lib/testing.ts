/** Made-up networks and reports for the unit tests. */

import type { Tile } from './console/tiles'
import type { ChannelReport, Network, Service, Track } from './api/types'

export function track(kind: Track['kind'], codec: string): Track {
  return {
    name: kind,
    kind,
    codec,
    language: 'und',
    role: 'main',
    width: 0,
    height: 0,
    frame_rate: 0,
    channels: 0,
    sampling_frequency: 0,
  }
}

export function service(id: string, number: number, region = 'bj', more: Partial<Service> = {}): Service {
  return {
    id,
    number,
    name: { zh: `频道${number}`, en: `Channel ${number}` },
    region,
    provider: '',
    state: 'live',
    reason: null,
    low_latency: true,
    hls: `/live/${id}/index.m3u8`,
    dash: `/live/${id}/manifest.mpd`,
    ts: `/live/${id}/ts.m3u8`,
    original: `/live/${id}/stream.ts`,
    tracks: [],
    skipped: [],
    now: null,
    next: null,
    applications: [],
    dvb: null,
    ...more,
  }
}

export function network(services: readonly Service[], regions = ['bj', 'hz']): Network {
  return {
    name: { zh: '网', en: 'net' },
    version: '0',
    regions: regions.map((id) => ({ id, name: { zh: id, en: id } })),
    services,
    cmcd: null,
  }
}

export function report(id: string, number: number, more: Partial<ChannelReport> = {}): ChannelReport {
  return {
    id,
    number,
    name: { zh: `频道${number}`, en: `Channel ${number}` },
    region: 'bj',
    state: 'live',
    reason: null,
    source: `udp://[ff15::1]:500${number}`,
    program: number,
    sources: [],
    switches: 0,
    input_bit_rate_bps: 5e6,
    input_bit_rate_history_bps: [],
    continuity_count_errors: 0,
    faults: {},
    last_error: null,
    errors: [],
    tr_101_290: { measured_s: 0, indicators: [], pcrs: [], pids: [] },
    picture: null,
    source_clock_ppm: null,
    source_clock_off: false,
    segment_age_s: 1,
    latency_s: 2,
    waiting_requests: 0,
    last_number: 1,
    period_id: 0,
    period_reason: 'start',
    window_s: 60,
    memory_bytes: 0,
    uptime_s: 0,
    tracks: [],
    skipped: [],
    requests: 0,
    refused: 0,
    viewers: null,
    ...more,
  }
}

export function tile(id: string, number: number, more: Partial<Omit<Tile, 'facts'>> & Partial<Tile['facts']> = {}): Tile {
  const { region, source, multiplex, tracks, ...rest } = more
  return {
    id,
    facts: {
      number,
      name: { zh: `频道${number}`, en: `Channel ${number}` },
      region: region ?? 'bj',
      source: source ?? `udp://[ff15::1]:500${number}`,
      multiplex: multiplex ?? '',
      program: number,
      sources: 1,
      state: 'live',
      reason: null,
      tracks: tracks ?? [],
    },
    health: 'good',
    continuity_count_errors: 0,
    faults: 0,
    priority_1: 0,
    priority_2: 0,
    error_ms: 0,
    error: '',
    error_name: '',
    silent_s: 0,
    alarms: 0,
    in_use: 0,
    switches: 0,
    ...rest,
  }
}
