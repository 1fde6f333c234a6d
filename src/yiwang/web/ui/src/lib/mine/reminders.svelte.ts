/** Programmes a viewer wants to be told of when they begin; kept in this browser, told while a page of it is open. */

import type { LocalText } from '../api/types'
import { recallRecord, rememberRecord } from '../remembered'

export interface Reminder {
  readonly service: string
  readonly channel: string
  readonly name: LocalText
  readonly title: string
  readonly startMs: number
  readonly stopMs: number
}

const MOST = 100
/** So long before the beginning a viewer is told. */
export const EARLY_MS = 60_000

export class Reminders {
  list: readonly Reminder[] = $state.raw(recallRecord('reminders', remindersOf))

  has(service: string, startMs: number): boolean {
    return this.list.some((one) => isOf(one, service, startMs))
  }

  toggle(reminder: Reminder): void {
    const { service, startMs } = reminder
    if (this.has(service, startMs)) this.remove(service, startMs)
    else this.#keep([...this.list, reminder].sort((a, b) => a.startMs - b.startMs).slice(0, MOST))
  }

  remove(service: string, startMs: number): void {
    this.#keep(this.list.filter((one) => !isOf(one, service, startMs)))
  }

  /** Take out what begins now, to tell it, and drop what is over. */
  due(nowMs: number): Reminder[] {
    const due = this.list.filter(({ startMs, stopMs }) => startMs - EARLY_MS <= nowMs && nowMs < stopMs)
    const later = this.list.filter(({ startMs }) => startMs - EARLY_MS > nowMs)
    if (later.length !== this.list.length) this.#keep(later)
    return due
  }

  #keep(list: readonly Reminder[]): void {
    this.list = list
    rememberRecord('reminders', list)
  }
}

function isOf(reminder: Reminder, service: string, startMs: number): boolean {
  return reminder.service === service && reminder.startMs === startMs
}

function remindersOf(value: unknown): Reminder[] {
  if (!Array.isArray(value)) return []
  return value.filter(isReminder).slice(0, MOST)
}

function isReminder(value: unknown): value is Reminder {
  if (typeof value !== 'object' || value === null) return false
  const { service, channel, title, startMs, stopMs, name } = value as Record<string, unknown>
  const texts = [service, channel, title].every((text) => typeof text === 'string')
  return texts && typeof startMs === 'number' && typeof stopMs === 'number' && typeof name === 'object' && name !== null
}
