/** The channels a viewer likes, in the order in which they were chosen; kept in this browser. */

import { recallRecord, rememberRecord } from '../remembered'

const MOST = 200

export class Favourites {
  ids: readonly string[] = $state.raw(recallRecord('favourites', idsOf))

  has(id: string): boolean {
    return this.ids.includes(id)
  }

  toggle(id: string): void {
    this.ids = this.has(id) ? this.ids.filter((other) => other !== id) : [...this.ids, id].slice(-MOST)
    rememberRecord('favourites', this.ids)
  }
}

function idsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((id): id is string => typeof id === 'string').slice(0, MOST) : []
}
