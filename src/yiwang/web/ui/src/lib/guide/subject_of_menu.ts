/** What a menu is about: a channel, and where there is one, a programme on it. */

import type { LocalText } from '../api/types'
import type { Showing } from '../api/guide_api'

export interface MenuSubject {
  /** Of this node; null: it does not play it */
  readonly channel: string | null
  /** Of the network; null: not known yet */
  readonly service: string | null
  readonly name: LocalText
  readonly showing: Pick<Showing, 'title' | 'startMs' | 'stopMs'> | null
}
