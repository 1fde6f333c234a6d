/** Goes from page to page and back, by the browser's history: its Back is ours, and an address leads where it was copied. */

import { hashOf, type Place, placeOf, WATCH } from './place'

export class Navigator {
  place: Place = $state.raw(placeOf(location.hash))
  #depth = depthOf(history.state)

  /** Follow the address bar; the returned function stops that. */
  start(): () => void {
    const follow = () => {
      this.place = placeOf(location.hash)
      this.#depth = depthOf(history.state)
    }
    window.addEventListener('popstate', follow)
    return () => window.removeEventListener('popstate', follow)
  }

  go(place: Place, hash = hashOf(place)): void {
    this.#depth += 1
    history.pushState(this.#depth, '', hash)
    this.place = place
  }

  /** Say in the address where on the page one is now. */
  note(place: Place): void {
    if (place.kind !== this.place.kind) return
    history.replaceState(history.state, '', hashOf(place))
  }

  /** Return to where one was; from a page that was the first, to the picture, whose address is `home`. */
  back(home: string): void {
    if (this.#depth > 0) history.back()
    else {
      history.replaceState(0, '', home)
      this.place = WATCH
    }
  }
}

function depthOf(state: unknown): number {
  return typeof state === 'number' ? state : 0
}
