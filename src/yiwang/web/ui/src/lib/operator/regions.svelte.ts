/** The regions that a channel may be of, as the node tells viewers. */

import type { LocalText } from '../api/types'
import { ask } from './session.svelte'

interface Region {
  readonly id: string
  readonly name: LocalText
}

export class Regions {
  list: readonly Region[] = $state.raw([])

  constructor() {
    ask<{ regions: readonly Region[] }>('GET', '/api/network')
      .then(({ regions }) => (this.list = regions.filter(({ id }) => id !== '')))
      .catch(() => undefined)
  }
}
