/** What a viewer watches: the current channel, how it is changed, and how it comes back by itself. */

import { untrack } from 'svelte'
import { online } from 'svelte/reactivity/window'

import type { EventFeed } from '../api/event_feed.svelte'
import type { Network, Service } from '../api/types'
import type { LockReason } from '../mine/parental.svelte'
import { browserIsTypeSupported, codecName, obstacles } from '../player/codecs'
import type { LivePlayer } from '../player/live_player.svelte'
import { type Notice, noticeOf, retryDelayMs } from '../player/notice'
import { parseProtocolChoice, type ProtocolChoice } from '../player/protocol'
import { recall, remember } from '../remembered'
import { byNumber, groupByRegion, neighbour, type RegionGroup, zappingOrder } from './channel_order'
import { type Kept, keptFrom } from './regional'
import { hashOfService, momentFromHash, serviceIdFromHash } from './deep_link'

/** Zaps nearer to each other than this are one long zap: only the channel it ends on is loaded. */
const LONG_ZAP_MS = 200
/** The neighbours are prepared when the current channel has had the line for itself for a while … */
const SETTLED_MS = 1_500
/** … and given up when the viewer stays: a manifest kept ready is asked for as often as one that plays. */
const STAYED_MS = 30_000

/** Whether a channel may be shown: why not, `asking` while that is not known yet, null: it may. */
export type Lock = LockReason | 'asking' | null

export class Tuner {
  network: Network | null = $state.raw(null)
  currentId: string | null = $state(null)
  protocol: ProtocolChoice = $state(parseProtocolChoice(recall('protocol')))

  readonly groups: readonly RegionGroup[] = $derived(this.network ? groupByRegion(this.network) : [])
  readonly order: readonly Service[] = $derived(zappingOrder(this.groups))
  readonly current: Service | undefined = $derived(this.order.find(({ id }) => id === this.currentId))
  /** Why it is not for where the viewer is, and what plays in its place; null: it is. */
  readonly kept: Kept | null = $derived.by(() => (this.current ? this.#keptFromViewer(this.current) : null))
  /** What plays: the current channel, or what is in its place; undefined: nothing. */
  readonly onScreen: Service | undefined = $derived(this.kept === null ? this.current : (this.kept.instead ?? undefined))
  readonly #gate: Lock = $derived.by(() => {
    const isPlaceUnknown = Boolean(this.network?.viewer && this.current?.restrictions?.length) && this.#placeOf() === null
    if (isPlaceUnknown) return 'asking'
    return this.onScreen ? this.#lockOf(this.onScreen, this.seenMs) : null
  })
  /** The moment that is looked back at, or will be once the channel may be shown, to the second; null: what is on. */
  readonly seenMs: number | null = $derived.by(() => {
    const atMs = this.#fromMs ?? (this.#playedId === this.onScreen?.id ? this.#player.lookedBackAtMs : null)
    return atMs === null ? null : 1_000 * Math.round(atMs / 1_000) // programmes begin at whole seconds, and a jump may miss by less
  })
  /** Why the channel must not be shown now; null: it may. */
  readonly lock: LockReason | null = $derived(this.#gate === 'asking' ? null : this.#gate)
  /** Whether it is not known yet if the channel may be shown. */
  readonly asking: boolean = $derived(this.#gate === 'asking')
  readonly notice: Notice | null = $derived.by(() => this.#noticeNow())

  readonly #player: LivePlayer
  readonly #feed: EventFeed<Network>
  readonly #lockOf: (service: Service, seenMs: number | null) => Lock
  readonly #placeOf: () => string | null
  #previousId: string | null = null
  /** What was to be played last, channel or substitute. */
  #playedId: string | null = $state(null)
  #attempts = 0
  /** The channel that is listened to without its pictures. */
  #heardId: string | null = null
  /** From where the next load begins; null: live. */
  #fromMs: number | null = $state(null)
  #lastZapMs = -Infinity
  #timer: ReturnType<typeof setTimeout> | undefined

  /**
   * `lockOf`: whether a channel may be shown at a moment, null: now. `placeOf`: the viewer's region, empty where it is none that
   * is known; null: that is not told yet.
   */
  constructor(
    player: LivePlayer,
    feed: EventFeed<Network>,
    lockOf: (service: Service, seenMs: number | null) => Lock,
    placeOf: () => string | null = () => '',
  ) {
    this.#player = player
    this.#feed = feed
    this.#lockOf = lockOf
    this.#placeOf = placeOf
  }

  /** Follow the node, the player and the address bar. To be called while a component initialises. */
  start(): void {
    $effect(() => {
      const network = this.#feed.value
      if (network) untrack(() => this.#takeNetwork(network))
    })
    $effect(() => {
      if (this.#player.phase === 'failed') untrack(() => this.#retryLater())
    })
    $effect(() => {
      const locked = this.#gate !== null
      untrack(() => this.#followLock(locked))
    })
    // what is kept from the viewer, or is so no longer, while he watches
    let wasKept = false
    $effect(() => {
      const isKept = this.kept !== null
      const isAnother = (this.onScreen?.id ?? null) !== this.#playedId
      if (isAnother && (isKept || wasKept)) untrack(() => this.#play())
      wasKept = isKept
    })
    $effect(() => {
      if (this.#player.phase !== 'playing') return
      const settled = setTimeout(() => this.#settled(), SETTLED_MS)
      const stayed = setTimeout(() => this.#player.prepare([], this.protocol), STAYED_MS)
      return () => {
        clearTimeout(settled)
        clearTimeout(stayed)
      }
    })
    $effect(() => {
      const follow = () => this.#followAddress()
      window.addEventListener('hashchange', follow)
      return () => {
        window.removeEventListener('hashchange', follow)
        clearTimeout(this.#timer)
      }
    })
  }

  /** Go where the address bar says; false: it names no channel of this node. */
  #followAddress(remembered: string | null = null): boolean {
    const id = serviceIdFromHash(location.hash)
    const fromMs = id === null ? null : momentFromHash(location.hash)
    return this.tuneId(id ?? remembered ?? '', fromMs)
  }

  /** Play the sound of a channel whose pictures this browser cannot decode. */
  listen(): void {
    this.#heardId = this.onScreen?.id ?? null
    this.#play()
  }

  /** `fromMs`: where to begin, if the node still has that; null: live. */
  tune(service: Service, fromMs: number | null = null): void {
    const isOnScreen = service.id === this.currentId && this.#player.phase !== 'failed' && this.#fromMs === null
    if (isOnScreen && fromMs === null) return
    if (isOnScreen && fromMs !== null && this.#player.phase !== 'idle' && this.#player.playheadMs !== null) return this.#player.goTo(fromMs)
    this.#select(service.id, fromMs)
    this.#play()
  }

  /** Leave the moment that is looked back at, also where that is locked. */
  goToLive(): void {
    if (this.#fromMs === null) return this.#player.goToLive()
    this.#fromMs = null
    this.#play()
  }

  /** Whether a channel is not for where the viewer is. */
  isKept(service: Service): boolean {
    return this.#keptFromViewer(service) !== null
  }

  #keptFromViewer(service: Service): Kept | null {
    const place = service.restrictions?.length ? this.#placeOf() : null
    return place === null ? null : keptFrom(service, place, this.order)
  }

  zap(step: 1 | -1): void {
    const service = neighbour(this.order, this.currentId, step)
    if (!service || service.id === this.currentId) return
    const now = performance.now()
    const long = now - this.#lastZapMs < LONG_ZAP_MS
    this.#lastZapMs = now
    this.#select(service.id)
    if (long) this.#playIn(LONG_ZAP_MS)
    else this.#play()
  }

  /** The service a number stands for here. */
  numbered(number: number): Service | null {
    return byNumber(this.order, number, this.current?.region)
  }

  /** Tune to a channel of this node; false: it is not listed any more. */
  tuneId(id: string, fromMs: number | null = null): boolean {
    const service = this.order.find((candidate) => candidate.id === id)
    if (service) this.tune(service, fromMs)
    return service !== undefined
  }

  tuneNumber(number: number): boolean {
    const service = this.numbered(number)
    if (service) this.tune(service)
    return service !== null
  }

  previous(): void {
    if (this.#previousId !== null) this.tuneId(this.#previousId)
  }

  chooseProtocol(choice: ProtocolChoice): void {
    this.protocol = choice
    remember('protocol', choice)
    if (this.currentId) this.#play()
  }

  retry(): void {
    this.#play(true)
  }

  #select(id: string, fromMs: number | null = null): void {
    if (this.currentId !== null && this.currentId !== id) this.#previousId = this.currentId
    this.currentId = id
    this.#attempts = 0
    this.#heardId = null
    this.#fromMs = fromMs
    remember('channel', id)
    if (/^(#\/.*)?$/.test(location.hash)) history.replaceState(history.state, '', hashOfService(id)) // else a page is open
  }

  #takeNetwork(network: Network): void {
    const before = this.onScreen
    this.network = network
    if (this.currentId === null) {
      this.#followAddress(recall('channel'))
      return
    }
    const after = this.onScreen
    const { phase } = this.#player
    if (after?.state === 'live' && this.#isRefused(after)) {
      // the channel has turned to a codec that this browser has not: the player would stand still and never say why
      if (this.#player.failure?.kind !== 'codec') this.#play()
      return
    }
    if (after?.state !== 'live' || phase === 'playing' || phase === 'paused') return
    if (before?.state !== 'live' || phase === 'failed' || phase === 'idle') this.#play(phase === 'failed')
  }

  #play(again = false): void {
    clearTimeout(this.#timer)
    const service = this.onScreen
    const [isShut, seenMs] = [this.#gate !== null, this.seenMs]
    this.#playedId = service?.id ?? null
    if (isShut) this.#fromMs = seenMs // it will be gone on there
    if (service?.state !== 'live' || isShut) return this.#player.stop()
    const fromMs = this.#fromMs ?? (again ? this.#player.resumeMs : null)
    const soundOnly = this.#heardId === service.id
    this.#fromMs = null
    void this.#player.load(service, this.protocol, { again, soundOnly, fromMs })
  }

  #playIn(delayMs: number, again = false): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#play(again), delayMs)
  }

  #followLock(locked: boolean): void {
    if (locked || this.#player.phase === 'idle') this.#play()
  }

  #retryLater(): void {
    if (this.onScreen?.state !== 'live') return
    // where every track can be played it was an older part of the channel that could not: that will pass
    if (this.#player.failure?.kind === 'codec' && this.#isRefused(this.onScreen)) return
    this.#attempts += 1
    this.#playIn(retryDelayMs(this.#attempts), true)
  }

  #isRefused(service: Service): boolean {
    return service.id !== this.#heardId && obstacles(service.tracks, browserIsTypeSupported).length > 0
  }

  #settled(): void {
    this.#attempts = 0
    const likely = [1, -1]
      .map((step) => neighbour(this.order, this.currentId, step))
      .filter((service) => service?.state === 'live' && service.id !== this.currentId && !service.restrictions?.length)
      .filter((service) => service?.low_latency === this.current?.low_latency)
    this.#player.prepare(likely as Service[], this.protocol)
  }

  #noticeNow(): Notice | null {
    const feed = this.#feed.state
    const isOnline = online.current !== false
    if (this.currentId === null || this.network === null) return feed === 'lost' ? { kind: isOnline ? 'unreachable' : 'offline' } : null
    if (this.asking) return null
    if (this.kept && !this.onScreen) {
      const { reason, until } = this.kept.restriction
      return { kind: 'kept', reason, region: this.#placeOf() ?? '', until }
    }
    const service = this.onScreen
    const { phase } = this.#player
    if (this.lock) return { kind: 'locked', lock: this.lock }
    return noticeOf({
      service: service && {
        state: service.state,
        reason: service.reason,
        codecs: service.skipped.map(({ codec }) => codec).concat(service.tracks.map(({ codec }) => codecName(codec))),
      },
      feed,
      online: isOnline,
      failure: this.#player.failure,
      // an attempt that follows a failure asks for no patience: what was said stands until there is a picture
      stillMs: phase === 'idle' || (phase === 'loading' && this.#attempts > 0) ? Infinity : this.#player.stillMs,
    })
  }
}
