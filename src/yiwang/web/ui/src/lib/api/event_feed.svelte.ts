/** A server-sent event stream that is always being read: it reconnects by itself and says since when it is cut. */

export type FeedState = 'connecting' | 'open' | 'lost'

interface FeedOptions<T> {
  /** Told of each event, none left out: `value` is only the latest. */
  readonly take?: (value: T) => void

  /** A connection silent for longer is taken for dead. Leave out where silence is normal. */
  readonly silenceLimitMs?: number
  /** Where the value can be had at once, before the stream stands: the page has asked for it before its script ran. */
  readonly first?: string
}

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 8_000

export class EventFeed<T> {
  state: FeedState = $state('connecting')
  value: T | null = $state.raw(null)
  lastSeenMs: number | null = $state(null)

  readonly #url: string
  readonly #event: string
  readonly #take: ((value: T) => void) | undefined
  readonly #silenceLimitMs: number | null
  readonly #first: string | null
  #source: EventSource | null = null
  #retryMs = FIRST_RETRY_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(url: string, event: string, options: FeedOptions<T> = {}) {
    this.#url = url
    this.#event = event
    this.#take = options.take
    this.#silenceLimitMs = options.silenceLimitMs ?? null
    this.#first = options.first ?? null
  }

  /** Connect; the returned function disconnects for good. */
  start(): () => void {
    if (this.#first !== null) void this.#takeFirst(this.#first)
    this.#connect()
    return () => this.#close()
  }

  async #takeFirst(url: string): Promise<void> {
    const value = await fetch(url)
      .then((response) => (response.ok ? (response.json() as Promise<T>) : null))
      .catch(() => null) // the stream will say so
    this.value ??= value
  }

  #connect(): void {
    this.#close()
    const source = new EventSource(this.#url)
    this.#source = source
    source.addEventListener('open', () => this.#watchSilence())
    source.addEventListener(this.#event, (message: MessageEvent<string>) => {
      const value = JSON.parse(message.data) as T
      this.value = value
      this.#take?.(value)
      this.state = 'open'
      this.lastSeenMs = Date.now()
      this.#retryMs = FIRST_RETRY_MS
      this.#watchSilence()
    })
    // The browser's own reconnection gives up on an HTTP error, so reconnecting is done here for every cause.
    source.addEventListener('error', () => this.#lose())
    this.#watchSilence()
  }

  #watchSilence(): void {
    clearTimeout(this.#timer)
    if (this.#silenceLimitMs !== null) this.#timer = setTimeout(() => this.#lose(), this.#silenceLimitMs)
  }

  #lose(): void {
    this.#close()
    if (this.state === 'open' && this.lastSeenMs === null) this.lastSeenMs = Date.now()
    this.state = 'lost'
    this.#timer = setTimeout(() => this.#connect(), this.#retryMs)
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS)
  }

  #close(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = null
  }
}
