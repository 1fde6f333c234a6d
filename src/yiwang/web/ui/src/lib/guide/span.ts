import type { GuideEvent } from '../api/types'

/** When an event is on, in the viewer's own time: `19:00–19:35`; what is left open is left out. */
export function span(event: GuideEvent, language: string, timeZone?: string): string {
  if (event.start === null) return ''
  const startMs = Date.parse(event.start)
  const format = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone })
  const begin = format.format(startMs)
  return event.duration_s ? `${begin}–${format.format(startMs + 1000 * event.duration_s)}` : begin
}
