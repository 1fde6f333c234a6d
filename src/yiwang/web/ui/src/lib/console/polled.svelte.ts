/** An answer of the node that is asked for again and again while something shows it. */

export class Polled<T> {
  value: T | null = $state.raw(null)
  failure: string | null = $state(null)

  readonly #url: () => string
  readonly #everyMs: number
  #timer: ReturnType<typeof setTimeout> | undefined
  #asking: AbortController | null = null

  constructor(url: () => string, everyMs: number) {
    this.#url = url
    this.#everyMs = everyMs
  }

  /** Ask, and go on asking; the returned function stops that. What was asked for before at another address is dropped. */
  start(): () => void {
    const asking = new AbortController()
    const url = this.#url()
    this.#asking = asking
    void this.#ask(url, asking.signal)
    return () => {
      asking.abort()
      clearTimeout(this.#timer)
    }
  }

  /** Ask at once. */
  again(): void {
    this.#asking?.abort()
    clearTimeout(this.#timer)
    this.start()
  }

  async #ask(url: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await fetch(url, { signal, cache: 'no-store' })
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
      const value = (await answer.json()) as T
      if (signal.aborted) return
      this.value = value
      this.failure = null
    } catch (error) {
      if (signal.aborted) return
      this.failure = error instanceof Error ? error.message : String(error)
    }
    if (this.#everyMs > 0) this.#timer = setTimeout(() => void this.#ask(url, signal), this.#everyMs)
  }
}
