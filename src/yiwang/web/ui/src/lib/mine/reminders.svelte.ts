/** Programmes a viewer wants to be told of when they begin; kept in this browser, told while a page of it is open. */

import { recallRecord, rememberRecord } from '../remembered'
import { isOf, isProgramme, type Programme } from './programme'

export type Reminder = Programme

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

function remindersOf(value: unknown): Reminder[] {
  if (!Array.isArray(value)) return []
  return value.filter(isProgramme).slice(0, MOST)
}
