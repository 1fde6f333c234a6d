/** Words of the catalogue for healths and kinds of tracks. */

import type { Track } from '../api/types'
import type { PlainTextKey } from '../i18n/catalogue'
import type { Health } from './health'

export const HEALTH_WORDS = {
  down: 'healthDown',
  faulty: 'healthFaulty',
  starting: 'healthStarting',
  unplayable: 'healthUnplayable',
  good: 'healthGood',
} as const satisfies Record<Health, PlainTextKey>

export const KIND_WORDS = {
  video: 'kindVideo',
  audio: 'kindAudio',
  text: 'kindText',
} as const satisfies Record<Track['kind'], PlainTextKey>
