/** A key that is pressed shortly means one thing, held it means another: which one is known when it is let go, or held long enough. */

export const HOLD_MS = 550

export class Hold<T> {
  readonly #long: (what: T) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #held: { readonly what: T } | null = null

  constructor(long: (what: T) => void) {
    this.#long = long
  }

  /** The key goes down over something. */
  start(what: T): void {
    this.cancel()
    this.#held = { what }
    this.#timer = setTimeout(() => {
      this.#held = null
      this.#long(what)
    }, HOLD_MS)
  }

  /** The key is let go: what it was pressed shortly over; null where it was held, or was not down. */
  end(): T | null {
    const held = this.#held
    this.cancel()
    return held && held.what
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.#held = null
  }
}
