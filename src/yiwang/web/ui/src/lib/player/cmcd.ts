/**
 * What the player reports to the node: CMCD version 2 in event mode (CTA-5004-A), a POST of a few lines now and then. Media
 * requests carry none of it, neither in headers nor in queries: their addresses are the same for everybody (ADR 0041).
 */

import type { Phase } from './live_player.svelte'

/** What is played at the moment of a report. */
export interface Played {
  readonly protocol: 'hls' | 'dash' | null
  readonly lowLatency: boolean
  readonly bitRateBps: number
  readonly throughputBps: number
  readonly bufferedS: number
  readonly latencyS: number | null
  readonly droppedFrames: number
  readonly playbackRate: number
}

export interface Watched {
  /** Null: nothing */
  readonly channel: string | null
  readonly phase: Phase
  /** For how long the picture has stood still when the phase became `waiting` */
  readonly stillMs: number
  /** Why it failed, in a word; null: it has not */
  readonly error: string | null
}

/** Reports in one go; whether they arrived, or the node wants none any more. */
export type Send = (body: string) => Promise<'taken' | 'lost' | 'unwanted'>

/** The standard's, where nobody asks for another. */
export const INTERVAL_MS = 30_000
/** What happens within so long goes in one request: a channel change is several states. */
export const GATHER_MS = 2_000
const MOST_WAITING = 60

const STATES: Readonly<Record<Phase, string>> = { idle: 'q', loading: 's', playing: 'p', waiting: 'r', paused: 'a', failed: 'f' }

/** An integer, a token, a string in quotation marks, or an inner list with the kind of object it is of. */
type Value = number | string | true

interface Session {
  readonly id: string
  readonly channel: string
  readonly beganMs: number
  phase: Phase
  number: number
  started: boolean
  starvations: number
  starvedMs: number
  starvedSinceMs: number | null
}

/** A line of CMCD: keys in alphabetical order (RFC 8941 dictionaries keep theirs; the standard wants them sorted). */
export function line(values: Readonly<Record<string, Value | null>>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => (value === true ? key : `${key}=${value}`))
    .join(',')
}

export class CmcdReports {
  readonly #send: Send
  readonly #played: () => Played
  readonly #now: () => number
  #session: Session | null = null
  #waiting: string[] = []
  #sending = false
  #on = false
  #gather: ReturnType<typeof setTimeout> | undefined
  #interval: ReturnType<typeof setInterval> | undefined

  constructor(send: Send, played: () => Played, now: () => number = Date.now) {
    this.#send = send
    this.#played = played
    this.#now = now
  }

  /** Report from now on, or no longer: what was not sent yet is then forgotten. */
  allow(on: boolean): void {
    if (on === this.#on) return
    this.#on = on
    this.#session = null
    this.#waiting = []
    clearTimeout(this.#gather)
    clearInterval(this.#interval)
    if (on) this.#interval = setInterval(() => this.#report('t'), INTERVAL_MS)
  }

  /** Say what is watched; to be called whenever that changes. */
  follow({ channel, phase, stillMs, error }: Watched): void {
    if (!this.#on) return
    if (this.#session && (channel !== this.#session.channel || phase === 'idle')) this.#end()
    if (channel === null || phase === 'idle') return
    this.#session ??= this.#begin(channel)
    const session = this.#session
    if (phase === session.phase && session.number > 0) return
    const nowMs = this.#now()
    session.phase = phase
    if (session.starvedSinceMs !== null) this.#countStarved(session, nowMs, false)
    if (phase === 'waiting') {
      session.starvations += 1
      session.starvedSinceMs = nowMs - stillMs
    }
    const delay = phase === 'playing' && !session.started ? Math.round(nowMs - session.beganMs) : null
    if (delay !== null) session.started = true
    if (error !== null) this.#report('e', { ec: `("${error.replace(/[^ !#-[\]-~]/g, '')}")` })
    this.#report('ps', { msd: delay })
  }

  /** The page goes: say so while there is time. */
  leave(): void {
    this.#end()
    void this.flush()
  }

  /** Send what waits, now. */
  async flush(): Promise<void> {
    clearTimeout(this.#gather)
    if (this.#sending || this.#waiting.length === 0) return
    const lines = this.#waiting
    this.#waiting = []
    this.#sending = true
    const outcome = await this.#send(`${lines.join('\n')}\n`).catch(() => 'lost' as const)
    this.#sending = false
    if (outcome === 'unwanted') this.allow(false)
    else if (outcome === 'lost') this.#waiting = [...lines, ...this.#waiting].slice(-MOST_WAITING)
    else if (this.#waiting.length > 0) this.#soon()
  }

  #begin(channel: string): Session {
    const beganMs = this.#now()
    return {
      id: newId(),
      channel,
      beganMs,
      phase: 'loading',
      number: 0,
      started: false,
      starvations: 0,
      starvedMs: 0,
      starvedSinceMs: null,
    }
  }

  #end(): void {
    if (!this.#session) return
    this.#countStarved(this.#session, this.#now(), false)
    this.#session.phase = 'idle'
    this.#report('ps')
    this.#session = null
  }

  #countStarved(session: Session, nowMs: number, goesOn: boolean): void {
    if (session.starvedSinceMs === null) return
    session.starvedMs += Math.max(0, nowMs - session.starvedSinceMs)
    session.starvedSinceMs = goesOn ? nowMs : null
  }

  #report(event: 'ps' | 't' | 'e', more: Readonly<Record<string, Value | null>> = {}): void {
    const session = this.#session
    if (!session) return
    const nowMs = this.#now()
    this.#countStarved(session, nowMs, true)
    const played = this.#played()
    const list = (value: number, unit: number, kind = '') => (value > 0 ? `(${Math.round(value / unit) * unit}${kind})` : null)
    this.#waiting.push(
      line({
        ab: list(played.bitRateBps / 1000, 1, ';av'),
        bg: document.hidden || null,
        bl: list(1000 * played.bufferedS, 100),
        bsa: `(${session.starvations})`,
        bsda: `(${Math.round(session.starvedMs)})`,
        cid: `"${session.channel}"`,
        dfa: played.droppedFrames,
        e: event,
        ltc: played.latencyS === null ? null : Math.round(1000 * played.latencyS),
        mtp: list(played.throughputBps / 1000, 100),
        pr: played.playbackRate === 1 ? null : Number(played.playbackRate.toFixed(3)),
        sf: played.protocol && (played.protocol === 'dash' ? 'd' : 'h'),
        sid: `"${session.id}"`,
        sn: session.number,
        st: played.lowLatency ? 'll' : 'l',
        sta: STATES[session.phase],
        ts: Math.round(nowMs),
        v: 2,
        ...more,
      }),
    )
    session.number += 1
    this.#waiting = this.#waiting.slice(-MOST_WAITING)
    this.#soon()
  }

  #soon(): void {
    clearTimeout(this.#gather)
    this.#gather = setTimeout(() => void this.flush(), GATHER_MS)
  }
}

/** Of this session and no other. `crypto.randomUUID` is not there over plain HTTP. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((octet) => octet.toString(16).padStart(2, '0')).join('')
}

/** Send to an address of the node; what was on its way when the page was left arrives all the same. */
export function sendTo(url: () => string | null): Send {
  return async (body) => {
    const address = url()
    if (address === null) return 'unwanted'
    const headers = { 'Content-Type': 'application/cmcd' }
    const { status } = await fetch(address, { method: 'POST', body, headers, keepalive: true })
    if (status === 410) return 'unwanted'
    return status === 429 || status >= 500 ? 'lost' : 'taken'
  }
}
