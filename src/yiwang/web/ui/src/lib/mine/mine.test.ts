import { beforeEach, describe, expect, it, vi } from 'vitest'

import { CaptionPreferences } from '../player/caption_style.svelte'
import { Favourites } from './favourites.svelte'
import { lockReason, openUntilMs, Parental, type ParentalRules } from './parental.svelte'
import { type KeptPlace, Places } from './places.svelte'
import { EARLY_MS, type Reminder, Reminders } from './reminders.svelte'

const stored = new Map<string, string>()
vi.stubGlobal('localStorage', { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => stored.set(key, value) })
beforeEach(() => stored.clear())

/** What somebody else, or an older version, may have written. */
const NONSENSE = ['', '{', 'null', '7', '"x"', '[1, null, {}]', '{"pin": 1}', '{"pin": "12345", "age": 99}', '{"size": "vast"}']

describe('favourites', () => {
  it('are kept for the next visit, in their order', () => {
    const one = new Favourites()
    for (const id of ['b', 'a', 'c', 'a']) one.toggle(id)
    expect(new Favourites().ids).toEqual(['b', 'c'])
    expect(new Favourites().has('c')).toBe(true)
  })
})

describe('reminders', () => {
  const reminder = (service: string, startMs: number): Reminder => ({ service, channel: service, name: { zh: '', en: '' }, title: '', startMs, stopMs: startMs + 1_000 })

  it('are told once, a little before the beginning, and dropped when over', () => {
    const reminders = new Reminders()
    reminders.toggle(reminder('late', 500_000))
    reminders.toggle(reminder('soon', 100_000))
    expect(new Reminders().list.map(({ service }) => service)).toEqual(['soon', 'late'])
    expect(reminders.due(100_000 - EARLY_MS - 1)).toEqual([])
    expect(reminders.due(100_000 - EARLY_MS).map(({ service }) => service)).toEqual(['soon'])
    expect(reminders.due(100_000)).toEqual([])
    expect(reminders.due(900_000)).toEqual([])
    expect(new Reminders().list).toEqual([])
  })

  it('are taken back by the same act', () => {
    const reminders = new Reminders()
    reminders.toggle(reminder('a', 1))
    expect(reminders.has('a', 1)).toBe(true)
    reminders.toggle(reminder('a', 1))
    expect(reminders.has('a', 1)).toBe(false)
  })
})

describe('places where programmes were left', () => {
  const place = (service: string, minute: number): KeptPlace => ({
    service, channel: service, name: { zh: '', en: '' }, title: service, startMs: 0, stopMs: 3_600_000, atMs: 60_000 * minute, leftMs: 0, wasBehind: false,
  }) // prettier-ignore

  it('are kept for the next visit, the newest first, each programme once', () => {
    const places = new Places()
    for (const one of [place('a', 5), place('b', 6), place('a', 7)]) places.note(one)
    expect(new Places().list.map(({ service, atMs }) => [service, atMs / 60_000])).toEqual([['a', 7], ['b', 6]])
    expect(new Places().of('b', 0)?.atMs).toBe(360_000)
    places.remove('b', 0)
    expect(new Places().list).toHaveLength(1)
  })

  it('are none at the beginning, and no more once a programme is seen to its end', () => {
    const places = new Places()
    places.note(place('a', 0.5))
    expect(places.list).toEqual([])
    places.note(place('a', 30))
    places.note(place('a', 0.5)) // started over by mistake
    expect(places.of('a', 0)?.atMs).toBe(1_800_000)
    places.note(place('a', 59.5))
    expect(places.list).toEqual([])
  })

  it('are as many as a page shows, and nothing that somebody else wrote', () => {
    const places = new Places()
    for (let n = 0; n < 40; n += 1) places.note(place(`s${n}`, 9))
    expect(new Places().list).toHaveLength(20)
    for (const text of NONSENSE) {
      stored.set('yiwang.places', text)
      expect(new Places().list).toEqual([])
    }
  })
})

describe('the parental latch', () => {
  const HOUR = 3_600_000
  const at = (hour: number, minute = 0) => new Date(2026, 5, 1, hour, minute)
  const rules: ParentalRules = { pin: '1234', age: 12, hours: { from: 22 * 60, to: 6 * 60 } }

  it('locks from an age on, where one is said', () => {
    expect(lockReason(rules, at(12), 16)).toEqual({ by: 'age', age: 16 })
    expect([lockReason(rules, at(12), 11), lockReason(rules, at(12), null)]).toEqual([null, null])
    expect(lockReason({ ...rules, pin: '' }, at(23), 18)).toBeNull()
  })

  it('locks what nobody can say the age of, where ages are locked', () => {
    expect(lockReason(rules, at(12), 'unknown')).toEqual({ by: 'unknown' })
    expect(lockReason({ ...rules, age: null, hours: null }, at(12), 'unknown')).toBeNull()
    expect(lockReason({ ...rules, pin: '' }, at(12), 'unknown')).toBeNull()
    const parental = new Parental()
    parental.change(rules)
    expect(parental.open('1234', 'a', { by: 'unknown' }, at(13).getTime())).toBe(true)
    const lock = (channel: string, rated: number | 'unknown') => parental.lock(channel, at(12).getTime(), rated)?.by
    expect([lock('a', 'unknown'), lock('b', 'unknown'), lock('a', 16)]).toEqual([undefined, 'unknown', 'age'])
  })

  it('locks hours, also over midnight, the last minute not', () => {
    const locked = { by: 'hours', untilMinute: 360 }
    expect([at(21, 59), at(22), at(0), at(5, 59), at(6)].map((time) => lockReason(rules, time, null))).toEqual([null, locked, locked, locked, null])
    const day = { ...rules, hours: { from: 8 * 60, to: 10 * 60 } }
    expect([at(7, 59), at(8), at(10)].map((time) => lockReason(day, time, null)?.by)).toEqual([undefined, 'hours', undefined])
    expect(lockReason({ ...rules, hours: { from: 60, to: 60 } }, at(1), null)).toBeNull()
  })

  it('opens with the PIN for what was locked, as long as was said, and closes when the rules change', () => {
    const parental = new Parental()
    parental.change({ ...rules, hours: null })
    const nowMs = at(12).getTime()
    const lock = parental.lock('a', nowMs, 16)
    expect(lock).toEqual({ by: 'age', age: 16 })
    if (lock === null) return
    expect(parental.open('0000', 'a', lock, nowMs + 1_000)).toBe(false)
    expect(parental.lock('a', nowMs, 16)).not.toBeNull()
    expect(parental.open('1234', 'a', lock, nowMs + 1_000)).toBe(true)
    expect(parental.lock('a', nowMs, 16)).toBeNull()
    expect(parental.lock('b', nowMs, 16)).not.toBeNull()
    expect(parental.lock('a', nowMs, 18)).not.toBeNull()
    expect(parental.lock('a', nowMs + 1_000, 16)).not.toBeNull()
    expect(new Parental().rules.age).toBe(12)
    // of two programmes of one channel the PIN opens the one, for as long as it lasts and an hour more
    const [evening, night] = [{ startMs: nowMs - 20 * HOUR, stopMs: nowMs - 18 * HOUR }, { startMs: nowMs - 18 * HOUR, stopMs: nowMs - 17 * HOUR }]
    expect(openUntilMs(nowMs, lock, evening)).toBe(nowMs + 3 * HOUR)
    parental.open('1234', 'a', lock, openUntilMs(nowMs, lock, evening), evening.startMs)
    expect([evening, night].map(({ startMs }) => parental.lock('a', nowMs, 16, startMs)?.by)).toEqual([undefined, 'age'])
    // and hours are those of the clock on the wall, whenever it was on
    expect(openUntilMs(nowMs, { by: 'hours', untilMinute: 0 }, evening)).toBe(nowMs + HOUR)
    expect(lockReason(rules, at(23), null)?.by).toBe('hours')
    parental.change({ ...rules, hours: null })
    expect(parental.lock('a', nowMs, 16)).not.toBeNull()
  })
})

describe('a programme that was opened', () => {
  it('is so whatever the hour, and opened hours open no programme', () => {
    const parental = new Parental()
    parental.change({ pin: '1234', age: 12, hours: { from: 0, to: 1_439 } })
    const nowMs = new Date(2026, 5, 1, 12).getTime()
    parental.open('1234', 'a', { by: 'hours', untilMinute: 1_439 }, nowMs + 1_000)
    expect([parental.lock('a', nowMs, null), parental.lock('a', nowMs, 16)?.by]).toEqual([null, 'age'])
    parental.change(parental.rules)
    parental.open('1234', 'a', { by: 'age', age: 16 }, nowMs + 1_000)
    expect([parental.lock('a', nowMs, 16), parental.lock('a', nowMs, null)?.by]).toEqual([null, 'hours'])
  })
})

describe('caption styles', () => {
  it('are kept for the next visit', () => {
    new CaptionPreferences().change({ size: 'huge' })
    new CaptionPreferences().change({ colour: 'yellow' })
    expect(new CaptionPreferences().style).toEqual({ size: 'huge', colour: 'yellow', ground: 'sent' })
  })
})

it.each(NONSENSE)('%s in the browser’s memory is nothing', (text) => {
  for (const key of ['favourites', 'reminders', 'parental', 'captions']) stored.set(`yiwang.${key}`, text)
  expect(new Favourites().ids).toEqual([])
  expect(new Reminders().list).toEqual([])
  expect(new Parental().rules).toEqual({ pin: '', age: null, hours: null })
  expect(new CaptionPreferences().style).toEqual({ size: 'sent', colour: 'sent', ground: 'sent' })
})
