/** The whole catalogue: for the console, and for unit tests. */

import { addTexts } from './catalogue'
import { CONSOLE_TEXTS } from './console_texts'
import { OPERATOR_TEXTS } from './operator_texts'

addTexts(CONSOLE_TEXTS)
addTexts(OPERATOR_TEXTS)
