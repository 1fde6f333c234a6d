/** The web app manifest, by language: what the home screen shows of the web TV. */

import { type Language, type PlainTextKey, textIn } from './lib/i18n/catalogue'
import { GUIDE, hashOf, type Place } from './lib/place'

const TAGS: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en' }
const SHORTCUTS: readonly (readonly [Place, PlainTextKey])[] = [
  [GUIDE, 'guide'],
  [{ kind: 'search', text: '' }, 'search'],
  [{ kind: 'mine' }, 'mine'],
]
const ICONS = [
  { src: '/favicon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
  { src: '/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
  { src: '/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
  { src: '/icon-maskable.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'maskable' },
  { src: '/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
]

export function manifestIn(language: Language): object {
  const text = (key: PlainTextKey) => textIn(language, key)
  return {
    id: '/',
    name: text('appName'),
    short_name: text('appShortName'),
    description: text('appDescription'),
    lang: TAGS[language],
    dir: 'ltr',
    start_url: '/',
    scope: '/',
    display: 'standalone',
    orientation: 'any',
    background_color: '#05070b',
    theme_color: '#0b0e14',
    categories: ['entertainment'],
    icons: ICONS,
    shortcuts: SHORTCUTS.map(([place, key]) => ({
      name: text(key),
      url: `/${hashOf(place)}`,
      icons: [{ src: '/icon-192.png', sizes: '192x192', type: 'image/png' }],
    })),
  }
}
