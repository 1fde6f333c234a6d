/**
 * The list of channels before the page's own script is there: the same places, names and words, drawn without any library.
 * Its rows are links to what the page will open. The page takes it away when its own list stands.
 */

import type { Network, Service } from '../api/types'
import { briefOf } from '../guide/brief'
import { hoursAndMinutes } from '../i18n/clock'
import type { Language } from '../i18n/catalogue'
import { localIn, otherName, TAGS } from '../i18n/preferred'
import { groupByRegion } from '../tuner/channel_order'
import { hashOfService } from '../tuner/deep_link'
import { HEADING, ROW } from '../tuner/list_layout'

export const EARLY = 'early'
/** The least a rem is. */
const REM_PX = 16

/** As the page's switch has it, which is not there yet: what is beside it wraps by its width. */
const OTHER_LANGUAGE = { zh: 'English', en: '中文' } as const

type Part = Node | string

function made(tag: string, name: string, ...parts: readonly Part[]): HTMLElement {
  const element = document.createElement(tag)
  if (name !== '') element.className = name
  element.append(...parts)
  return element
}

function rowOf(service: Service, language: Language, nowMs: number): HTMLElement {
  const { title, language: spoken, over, next } = briefOf(service, undefined, nowMs)
  const on = made('span', 'on', title || otherName(language, service.name))
  if (title === '' || spoken !== '') on.lang = title === '' ? (language === 'zh' ? 'en' : 'zh') : spoken
  const row = made(
    'a',
    service.state === 'live' ? '' : 'dim',
    made('span', service.number > 999 ? 'number tabular long' : 'number tabular', String(service.number)),
    made('span', 'name', localIn(language, service.name)),
    made('i', service.state),
    on,
  ) as HTMLAnchorElement
  row.href = hashOfService(service.id)
  row.dataset['early'] = service.id
  if (over !== null) {
    const bar = made('b', '', made('span', ''))
    ;(bar.firstChild as HTMLElement).style.width = `${100 * over}%`
    row.append(bar)
  }
  if (next !== null) row.append(made('span', 'next', made('span', 'tabular', hoursAndMinutes(next.startMs)), ` ${next.title}`))
  return row
}

/** The list as far as a window shows it. */
export function earlyList(network: Network, language: Language, nowMs: number): HTMLElement {
  const rows = made('div', 'rows')
  let left = Math.ceil(innerHeight / (ROW * REM_PX))
  for (const { region, services } of groupByRegion(network)) {
    if (left <= 0) break
    rows.append(made('h2', '', made('span', '', localIn(language, region.name)), made('span', 'tabular', String(services.length))))
    const items = services.slice(0, left).map((service) => made('li', '', rowOf(service, language, nowMs)))
    rows.append(made('ul', '', ...items))
    left -= services.length
  }
  rows.style.setProperty('--row', `${ROW}rem`)
  rows.style.setProperty('--heading', `${HEADING}rem`)
  const header = made(
    'header',
    '',
    made('i', ''),
    made('h1', '', localIn(language, network.name)),
    made('time', 'tabular', hoursAndMinutes(nowMs)),
    made('span', '', OTHER_LANGUAGE[language]),
  )
  const list = made('aside', 'list', header, made('div', 'pages', made('i', ''), made('i', ''), made('i', '')), rows)
  const early = made('div', '', made('div', 'stage'), made('div', 'bar'), list)
  early.id = EARLY
  early.lang = TAGS[language]
  return early
}

/** Taken away when the page's own list stands. */
export function forgetEarlyList(): void {
  document.getElementById(EARLY)?.remove()
}
