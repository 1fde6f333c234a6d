/** Texts of the console, which no viewer has to load. */

import { CATALOGUE, type PlainKey } from './catalogue'
import { CONSOLE_TEXTS } from './console_texts'
import { textsOf } from './language.svelte'
import { NODE_TEXTS } from './node_texts'
import { OPERATOR_TEXTS } from './operator_texts'

export const CONSOLE_CATALOGUE = { ...CATALOGUE, ...NODE_TEXTS, ...CONSOLE_TEXTS, ...OPERATOR_TEXTS }

export type ConsoleTextKey = PlainKey<typeof CONSOLE_CATALOGUE>

export const t = textsOf(CONSOLE_CATALOGUE)
