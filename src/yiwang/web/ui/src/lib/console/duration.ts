/** How long something has lasted, as one says it. */

import type { Language } from '../i18n/catalogue'
import { language } from '../i18n/language.svelte'

const UNITS = { zh: ['天', '小时', '分', '秒'], en: ['d', 'h', 'min', 's'] } as const

/** Days, hours and minutes; seconds only below one hour. */
export function durationIn(spoken: Language, totalS: number): string {
  const whole = Math.max(0, Math.floor(totalS))
  const counts = [Math.floor(whole / 86_400), Math.floor(whole / 3_600) % 24, Math.floor(whole / 60) % 60, whole % 60]
  const first = counts.findIndex((count) => count > 0)
  const shown = first === -1 ? [3] : [first, first + 1].filter((place) => place < counts.length)
  return shown.map((place) => `${counts[place]} ${UNITS[spoken][place]}`).join(' ')
}

export function duration(totalS: number): string {
  return durationIn(language(), totalS)
}
