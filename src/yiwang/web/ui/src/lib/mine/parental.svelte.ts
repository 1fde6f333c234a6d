/**
 * A PIN before programmes of an age and before hours of the day. It is a latch, not a lock: it lives in this browser, and
 * who can clear the browser's data or open another one is past it. The pages say so. The PIN is kept as it is written: of
 * ten thousand possible ones a hash hides nothing.
 */

import { recallRecord, rememberRecord } from '../remembered'

export const AGES = [6, 9, 12, 14, 16, 18] as const
export const PIN = /^\d{4}$/
const MINUTES_OF_DAY = 1_440
const OPEN_MS = 3_600_000

export interface ParentalRules {
  /** Empty: nothing is locked */
  readonly pin: string
  /** Programmes for this age and above are locked; null: none */
  readonly age: number | null
  /** Locked from minute to minute of the day, over midnight where `from` is later; null: never */
  readonly hours: { readonly from: number; readonly to: number } | null
}

/** `unknown`: nobody could be asked from what age the programme is */
export type LockReason =
  | { readonly by: 'age'; readonly age: number }
  | { readonly by: 'unknown' }
  | { readonly by: 'hours'; readonly untilMinute: number }

/** From what age a programme is; null: nobody says one */
export type Rated = number | 'unknown' | null

const NO_RULES: ParentalRules = { pin: '', age: null, hours: null }

/** Why a programme is locked at a time of the viewer's day; null: it is not. */
export function lockReason({ pin, age, hours }: ParentalRules, at: Date, rated: Rated): LockReason | null {
  if (pin === '') return null
  if (age !== null && rated === 'unknown') return { by: 'unknown' }
  if (age !== null && typeof rated === 'number' && rated >= age) return { by: 'age', age: rated }
  if (!hours || hours.from === hours.to) return null
  const minute = at.getHours() * 60 + at.getMinutes()
  const over = hours.from < hours.to ? minute >= hours.from && minute < hours.to : minute >= hours.from || minute < hours.to
  return over ? { by: 'hours', untilMinute: hours.to } : null
}

export class Parental {
  rules: ParentalRules = $state.raw(recallRecord('parental', rulesOf))
  /** Until when the PIN was given, by what it was given for: a programme of a channel, or the hours. */
  #opened = $state.raw<ReadonlyMap<string, number>>(new Map())

  /**
   * Why a programme of a channel, told by its beginning, is locked at this hour, whenever it was on; null: it is not, or was
   * opened. A programme that was opened is so whatever the hour.
   */
  lock(channel: string, nowMs: number, rated: Rated, startMs: number | null = null): LockReason | null {
    const reason = lockReason(this.rules, new Date(nowMs), rated)
    return reason && (this.#opened.get(keyOf(channel, reason, startMs)) ?? 0) > nowMs ? null : reason
  }

  /** Open what is locked until then (`openUntilMs`); false: that is not the PIN. */
  open(pin: string, channel: string, reason: LockReason, untilMs: number, startMs: number | null = null): boolean {
    if (pin !== this.rules.pin) return false
    this.#opened = new Map([...this.#opened, [keyOf(channel, reason, startMs), untilMs]])
    return true
  }

  isPin(pin: string): boolean {
    return pin === this.rules.pin
  }

  change(rules: ParentalRules): void {
    this.rules = rules
    this.#opened = new Map()
    rememberRecord('parental', rules)
  }
}

/** So long the PIN opens: hours for one, a programme for as long as it lasts and one more, as it may be looked at later, and paused. */
export function openUntilMs(nowMs: number, reason: LockReason, showing: { readonly startMs: number; readonly stopMs: number } | null): number {
  return nowMs + OPEN_MS + (reason.by === 'age' && showing ? showing.stopMs - showing.startMs : 0)
}

function keyOf(channel: string, reason: LockReason, startMs: number | null): string {
  if (reason.by === 'hours') return 'hours'
  return reason.by === 'age' ? `${channel}/${reason.age}/${startMs ?? ''}` : channel
}

function rulesOf(value: unknown): ParentalRules {
  if (typeof value !== 'object' || value === null) return NO_RULES
  const { pin, age, hours } = value as Record<string, unknown>
  if (typeof pin !== 'string' || !PIN.test(pin)) return NO_RULES
  return { pin, age: AGES.find((one) => one === age) ?? null, hours: hoursOf(hours) }
}

function hoursOf(value: unknown): ParentalRules['hours'] {
  const { from, to } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const isMinute = (minute: unknown): minute is number => Number.isInteger(minute) && (minute as number) >= 0 && (minute as number) < MINUTES_OF_DAY
  return isMinute(from) && isMinute(to) ? { from, to } : null
}
