/** Where the node takes the viewer to be: GET /api/viewer, asked for only where it matters. */

import { ask } from '../first/ask'

export interface ViewerPlace {
  /** Empty: of no region that is known */
  readonly region: string
  readonly by: 'address' | 'choice' | 'default' | 'unknown'
  /** Regions that the viewer may say he is in; none where his word does not count */
  readonly choices: readonly string[]
  /** The cookie by which he says it */
  readonly cookie: string
}

const NOWHERE: ViewerPlace = { region: '', by: 'unknown', choices: [], cookie: '' }
const YEAR_S = 31_536_000

export class Whereabouts {
  /** Null while it is not known. */
  place: ViewerPlace | null = $state.raw(null)
  #url = ''

  /** Ask, or ask again: an address changes when a phone leaves its Wi-Fi. */
  async look(url = this.#url): Promise<void> {
    if (url === '') return
    this.#url = url
    const answer = await ask<ViewerPlace>(url)
    this.place = answer?.value ?? this.place ?? NOWHERE // then the node alone decides
  }

  async choose(region: string): Promise<void> {
    if (!this.place?.choices.includes(region)) return
    document.cookie = `${this.place.cookie}=${region}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax`
    await this.look()
  }
}
