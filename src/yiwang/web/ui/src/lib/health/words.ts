/** Words of the catalogue for healths and kinds of tracks. */

import type { PictureAlarm, Track } from '../api/types'
import type { ConsoleTextKey } from '../i18n/console'
import type { Health } from './health'

export const HEALTH_WORDS = {
  down: 'healthDown',
  faulty: 'healthFaulty',
  starting: 'healthStarting',
  unplayable: 'healthUnplayable',
  good: 'healthGood',
} as const satisfies Record<Health, ConsoleTextKey>

export const KIND_WORDS = {
  video: 'kindVideo',
  audio: 'kindAudio',
  text: 'kindText',
} as const satisfies Record<Track['kind'], ConsoleTextKey>

/** Conditions of a source. */
export const CONDITION_WORDS: Readonly<Record<string, ConsoleTextKey>> = {
  in_use: 'sourceInUse',
  good: 'sourceGood',
  not_watched: 'sourceNotWatched',
  errors: 'sourceErrors',
  scrambled: 'sourceScrambled',
  no_picture: 'sourceNoPicture',
  not_packaged: 'sourceNotPackaged',
  no_tables: 'sourceNoTables',
  silent: 'sourceSilent',
  error: 'sourceError',
}

export const ALARM_WORDS = {
  black: 'alarmBlack',
  freeze: 'alarmFreeze',
  silence: 'alarmSilence',
} as const satisfies Record<PictureAlarm['name'], ConsoleTextKey>

/** The first two priorities of TR 101 290, and what a channel may be told to measure of the third; an indicator without a word
 * here is not shown. */
export const INDICATOR_WORDS: Readonly<Record<string, ConsoleTextKey>> = {
  ts_sync_loss: 'indicatorTsSyncLoss',
  sync_byte_error: 'indicatorSyncByte',
  pat_error_2: 'indicatorPat',
  continuity_count_error: 'indicatorContinuity',
  pmt_error_2: 'indicatorPmt',
  pid_error: 'indicatorPid',
  transport_error: 'indicatorTransport',
  crc_error: 'indicatorCrc',
  pcr_repetition_error: 'indicatorPcrRepetition',
  pcr_discontinuity_indicator_error: 'indicatorPcrDiscontinuity',
  pcr_accuracy_error: 'indicatorPcrAccuracy',
  pts_error: 'indicatorPts',
  cat_error: 'indicatorCat',
  buffer_error: 'indicatorBuffer',
  empty_buffer_error: 'indicatorEmptyBuffer',
  data_delay_error: 'indicatorDataDelay',
}
