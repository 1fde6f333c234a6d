/** What a node says about itself: GET /api/network and the two event streams. Names are those of the JSON. */

export interface LocalText {
  readonly zh: string
  readonly en: string
}

export type ServiceState = 'live' | 'starting' | 'no-signal' | 'unsupported'

export interface Track {
  readonly name: string
  readonly kind: 'video' | 'audio' | 'text'
  /** RFC 6381 codec string */
  readonly codec: string
  /** RFC 5646 language tag; `und` when unknown */
  readonly language: string
  readonly role: string
  readonly width: number
  readonly height: number
  readonly frame_rate: number
  readonly channels: number
  readonly sampling_frequency: number
}

export interface SkippedStream {
  readonly pid: number
  readonly codec: string
}

export interface Region {
  readonly id: string
  readonly name: LocalText
}

/** What the stream's EIT tells of an event */
export interface GuideEvent {
  readonly title: string
  readonly text: string
  readonly language: string
  /** RFC 3339 */
  readonly start: string | null
  readonly duration_s: number | null
  readonly genre: string
  readonly age: number | null
}

/** An application linked to the service by its AIT */
export interface LinkedApplication {
  readonly name: string
  readonly url: string
  readonly kind: string
  readonly control: string
}

/** Why some may not have a channel now */
export interface Restriction {
  readonly id: string
  /** Regions that it is kept from; empty: of who is nobody knows where */
  readonly regions: readonly string[]
  readonly reason: LocalText
  /** The channel in its place; empty: none */
  readonly instead: string
  /** RFC 3339; null: it is not known */
  readonly until: string | null
}

export interface Service {
  readonly id: string
  readonly number: number
  readonly name: LocalText
  readonly region: string
  readonly provider: string
  readonly state: ServiceState
  readonly reason: LocalText | null
  readonly low_latency: boolean
  readonly hls: string
  readonly dash: string
  readonly ts: string
  readonly original: string
  readonly tracks: readonly Track[]
  readonly skipped: readonly SkippedStream[]
  readonly now: GuideEvent | null
  readonly next: GuideEvent | null
  readonly applications: readonly LinkedApplication[]
  /** DVB triplet as a URL */
  readonly dvb: string | null
  /** In force now; nodes before this said nothing */
  readonly restrictions?: readonly Restriction[]
}

export interface Network {
  readonly name: LocalText
  readonly version: string
  readonly regions: readonly Region[]
  readonly services: readonly Service[]
  /** Where players report (CMCD); null: nowhere */
  readonly cmcd: string | null
  /** Where a page asks what region its viewer is in; null: it does not matter */
  readonly viewer?: string | null
}

/** What has changed since the network was told last: services with the fields that are others, and ids */
export interface NetworkChange {
  readonly services: readonly (Partial<Service> & Pick<Service, 'id'>)[]
  readonly gone: readonly string[]
}

export interface LastError {
  /** RFC 3339 */
  readonly at: string
  readonly text: string
  /** What it says beyond its name */
  readonly said?: readonly { readonly code: string; readonly values: Readonly<Record<string, string>> }[]
  readonly name: string
  readonly pid: number | null
  readonly count: number
}

/** A line of ETSI TR 101 290 5.2; `count` since the start */
export interface Indicator {
  readonly priority: number
  readonly clause: string
  readonly name: string
  /** null: not measured */
  readonly count: number | null
}

export interface PcrMeasurement {
  readonly pid: number
  readonly longest_interval_ms: number
  /** null where the rate is not constant */
  readonly accuracy_ns: number | null
  readonly jitter_ns: number | null
}

/** `carries`: a table's or a coding's name; empty where the tables say nothing */
export interface PidRate {
  readonly pid: number
  readonly bit_rate_bps: number
  readonly carries: string
}

export interface Measurement {
  /** seconds of stream for which there was a time */
  readonly measured_s: number
  readonly indicators: readonly Indicator[]
  readonly pcrs: readonly PcrMeasurement[]
  readonly pids: readonly PidRate[]
}

/** One of the copies that are merged into a source (SMPTE ST 2022-7); packets since it was opened */
export interface LegReport {
  readonly url: string
  readonly alive: boolean
  readonly received: number
  readonly lost: number
  readonly late: number
  readonly duplicate: number
  readonly apart: number
}

/** One of the sources of a channel, the best first */
export interface SourceReport {
  readonly url: string
  readonly in_use: boolean
  readonly watched: boolean
  /** `good`, `not_watched`, or why it is bad; `in_use` for the only one */
  readonly condition: string
  readonly detail: string
  readonly good_for_s: number | null
  /** so long it must be good before it is returned to */
  readonly asked_for_s: number | null
  readonly bit_rate_bps: number | null
  readonly priority_1_errors: number | null
  readonly legs: readonly LegReport[]
}

export interface PictureAlarm {
  readonly name: 'black' | 'freeze' | 'silence'
  readonly on: boolean
  /** for how long it has been so, alarm or not */
  readonly lasted_s: number | null
}

/** What was seen and heard last of what is published */
export interface PictureReport {
  readonly at: string
  readonly luma_mean: number | null
  readonly difference: number | null
  readonly rms_db: number | null
  readonly peak_db: number | null
  readonly alarms: readonly PictureAlarm[]
}

export interface ChannelReport {
  readonly id: string
  readonly number: number
  readonly name: LocalText
  readonly region: string
  readonly state: ServiceState
  readonly reason: LocalText | null
  readonly source: string
  /** program_number; null while it is not known */
  readonly program: number | null
  readonly sources: readonly SourceReport[]
  readonly switches: number
  readonly input_bit_rate_bps: number
  /** one value a second, oldest first */
  readonly input_bit_rate_history_bps: readonly number[]
  readonly continuity_count_errors: number
  /** Counts by name; continuity count errors are among them */
  readonly faults: Readonly<Record<string, number>>
  readonly last_error: LastError | null
  /** newest first */
  readonly errors: readonly LastError[]
  readonly tr_101_290: Measurement
  /** null where nobody looks */
  readonly picture: PictureReport | null
  /** How fast the source's clock is, by ours; null: not known yet. */
  readonly source_clock_ppm: number | null
  readonly source_clock_off: boolean
  readonly segment_age_s: number | null
  /** how old the newest published media are */
  readonly latency_s: number | null
  readonly waiting_requests: number
  readonly last_number: number | null
  readonly period_id: number
  readonly period_reason: string
  readonly window_s: number
  readonly memory_bytes: number
  readonly uptime_s: number
  readonly tracks: readonly Track[]
  readonly skipped: readonly SkippedStream[]
  readonly requests: number
  /** those from regions that it is not for */
  readonly refused: number
  /** null: no player has reported */
  readonly viewers: Viewers | null
}

/** What players report; sums are since the node started. */
export interface Viewers {
  readonly viewers: number
  readonly bit_rate_bps: number | null
  readonly latency_s: number | null
  readonly sessions: number
  readonly played_s: number
  readonly stalls: number
  readonly stalled_s: number
  readonly errors: number
}

export interface NodeReport {
  readonly uptime_s: number
  readonly cpu_percent: number
  readonly rss_bytes: number
  readonly version: string
}
