/** Texts of the page about the API. */

import { CATALOGUE } from './catalogue'
import { textsOf } from './language.svelte'

export const API_TEXTS = {
  apiTitle: { zh: '接口', en: 'API' },
  apiLoading: { zh: '正在读取……', en: 'Loading…' },
  apiRecords: { zh: '数据结构', en: 'Records' },
  apiFailed: { zh: '读取接口说明失败（{reason}）', en: 'The description could not be loaded ({reason}).' },
  apiAgain: { zh: '重试', en: 'Try again' },
} as const

export const t = textsOf({ ...CATALOGUE, ...API_TEXTS })
