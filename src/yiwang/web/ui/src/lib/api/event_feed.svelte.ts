/** A server-sent event stream that is always being read: it reconnects by itself and says since when it is cut. */

export type FeedState = 'connecting' | 'open' | 'lost'

/** Where the value can be had at once, and how it is gone on from: events of their own then tell only what has changed. */
export interface Followed<T> {
  /** Ask for the value; null: there is none. Its ETag is the value's revision. */
  readonly first: () => Promise<{ readonly value: T; readonly etag: string } | null>
  readonly event: string
  readonly change: (value: T, news: unknown) => T
}

interface FeedOptions<T> {
  /** Told of each event, none left out: `value` is only the latest. */
  readonly take?: (value: T) => void

  /** A connection silent for longer is taken for dead. Leave out where silence is normal. */
  readonly silenceLimitMs?: number
  readonly follow?: Followed<T>
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
  readonly #follow: Followed<T> | null
  #revision = ''
  #stopped = false
  #source: EventSource | null = null
  #retryMs = FIRST_RETRY_MS
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(url: string, event: string, options: FeedOptions<T> = {}) {
    this.#url = url
    this.#event = event
    this.#take = options.take
    this.#silenceLimitMs = options.silenceLimitMs ?? null
    this.#follow = options.follow ?? null
  }

  /** Connect; the returned function disconnects for good. */
  start(): () => void {
    if (this.#follow === null) this.#connect()
    else void this.#takeFirst(this.#follow)
    return () => {
      this.#stopped = true
      this.#close()
    }
  }

  async #takeFirst({ first }: Followed<T>): Promise<void> {
    const answer = await first()
    if (answer !== null) {
      this.value = answer.value
      this.#revision = answer.etag.replace(/^W\/|"/g, '')
    }
    if (!this.#stopped) this.#connect()
  }

  #connect(): void {
    this.#close()
    const source = new EventSource(this.#revision === '' ? this.#url : `${this.#url}?since=${encodeURIComponent(this.#revision)}`)
    this.#source = source
    source.addEventListener('open', () => this.#watchSilence())
    source.addEventListener(this.#event, (message: MessageEvent<string>) => this.#hear(message, JSON.parse(message.data) as T))
    if (this.#follow !== null) {
      const { event, change } = this.#follow
      source.addEventListener(event, (message: MessageEvent<string>) => {
        if (this.value !== null) this.#hear(message, change(this.value, JSON.parse(message.data)))
      })
    }
    // The browser's own reconnection gives up on an HTTP error, so reconnecting is done here for every cause.
    source.addEventListener('error', () => this.#lose())
    this.#watchSilence()
  }

  #hear(message: MessageEvent<string>, value: T): void {
    this.value = value
    this.#revision = message.lastEventId
    this.#take?.(value)
    this.state = 'open'
    this.lastSeenMs = Date.now()
    this.#retryMs = FIRST_RETRY_MS
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
