/** One video element and one Shaka player, kept for as long as the page lives: a channel change is a load into them. */

import type shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js'

import { serverNowMs } from '../api/server_clock'
import type { Service } from '../api/types'
import { recall, remember } from '../remembered'
import { type AudioChoice, type Choices, choicesOf, NO_CHOICES, type QualityChoice, type TextChoice } from './choices'
import { browserIsTypeSupported, codecName, obstacles, soundObstacles } from './codecs'
import { failureOf, isContentUnsupported, isInterrupted, type Failure } from './failure'
import { Neighbours } from './neighbours'
import { ProgressWatch } from './progress'
import { browserAbilities, type Protocol, type ProtocolChoice, protocolsToTry } from './protocol'

/** `idle`: nothing asked for. `loading`: until the first picture. `waiting`: out of media. */
export type Phase = 'idle' | 'loading' | 'playing' | 'waiting' | 'paused' | 'failed'

export interface PlaybackFigures {
  readonly protocol: Protocol
  readonly width: number
  readonly height: number
  readonly codecs: string
  readonly bandwidth_bps: number
  /** What the player measures of the way to the node */
  readonly throughput_bps: number
  readonly buffered_s: number
  readonly decoded_frames: number
  readonly dropped_frames: number
  readonly playback_rate: number
}

const LOOK_MS = 250
/** shaka.util.Error.Severity.CRITICAL */
const CRITICAL = 2
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const
/** So far from either end of what the node has one is safe from its leaving, and from waiting. */
const EDGE_S = 1
/** Nearer to the live edge than this is called live. */
export const LIVE_TOLERANCE_S = 3
/** Who is further behind than this looks back. */
const LOOKING_BACK_S = 30
/** A picture that stands for longer is not waited for: the channel is loaded again. */
const STALL_LIMIT_MS = 10_000

const CONFIGURATION = {
  streaming: {
    lowLatencyMode: true,
    rebufferingGoal: 0.05, // the first frame counts, not a cushion
    bufferingGoal: 6,
    bufferBehind: 20,
    gapDetectionThreshold: 0.1,
    stallThreshold: 0.5,
    loadTimeout: 10,
    retryParameters: { maxAttempts: 3, baseDelay: 250, timeout: 10_000, stallTimeout: 5_000, connectionTimeout: 5_000 },
  },
  manifest: {
    // The live edge is a matter of the node's clock. Guessed from the segments listed it is wrong by up to a segment.
    dash: { ignoreMinBufferTime: true, autoCorrectDrift: false },
    retryParameters: { maxAttempts: 2, baseDelay: 250, timeout: 5_000 },
  },
  abr: { defaultBandwidthEstimate: 5_000_000, restrictToElementSize: true },
}

/**
 * How closely a low-latency service follows its live edge, in seconds. Where the network cannot keep that up, each stall
 * lets the picture fall further back. A viewer who paused has left the edge and is not hurried back.
 */
const LIVE_SYNC = {
  targetLatency: 0.25,
  targetLatencyTolerance: 0.2,
  maxPlaybackRate: 1.05,
  minPlaybackRate: 0.97,
  dynamicTargetLatency: { enabled: true, minLatency: 0.25, maxLatency: 4, rebufferIncrement: 0.5, maxAttempts: 10 },
}
/** Where the edge of a low-latency MPD lies behind the node's clock; its suggestedPresentationDelay is for other players. */
const LOW_LATENCY_DASH_DELAY_S = 1.25

/**
 * In DASH a segment of text comes when it is whole. So that a viewer of subtitles does not miss the first words of each
 * segment, the edge lies so much further back while they are shown.
 */
const TEXT_DELAY_S = 2

/** How far from an edge that does not move any more: text was chosen after the load. */
function liveSync(lowLatency: boolean, extraS: number): object {
  const { targetLatency, dynamicTargetLatency: dynamic } = LIVE_SYNC
  return {
    ...LIVE_SYNC,
    enabled: lowLatency,
    targetLatency: targetLatency + extraS,
    dynamicTargetLatency: { ...dynamic, minLatency: dynamic.minLatency + extraS, maxLatency: dynamic.maxLatency + extraS },
  }
}

function latencyConfiguration(protocol: Protocol, lowLatency: boolean, withText: boolean): object {
  const own = lowLatency && protocol === 'dash'
  return {
    streaming: { liveSync: liveSync(lowLatency, 0) },
    manifest: {
      defaultPresentationDelay: own ? LOW_LATENCY_DASH_DELAY_S + (withText ? TEXT_DELAY_S : 0) : 0,
      dash: { ignoreSuggestedPresentationDelay: own },
    },
  }
}

export class LivePlayer {
  phase: Phase = $state('idle')
  failure: Failure | null = $state.raw(null)
  choices: Choices = $state.raw(NO_CHOICES)
  automaticQuality = $state(true)
  figures: PlaybackFigures | null = $state.raw(null)
  /** Glass to glass as far as it can be known here: the node's clock minus the wall clock of the media. */
  latencyS: number | null = $state(null)
  behindLiveS = $state(0)
  /** The earliest moment of the channel that the node still has, by the media's wall clock. */
  earliestMs: number | null = $state(null)
  /** The moment on the screen, by the media's wall clock. */
  playheadMs: number | null = $state(null)
  speed = $state(1)
  /** Whether a screen or loudspeaker nearby can be played on. */
  castable = $state(false)
  stillMs = $state(0)
  volume = $state(1)
  muted = $state(false)
  /** The browser refused sound until the viewer does something. */
  soundRefused = $state(false)
  /** Codecs of the sound that the browser cannot play: the pictures go on without it. */
  soundless = $state<readonly string[]>([])
  /** There are no pictures: of a channel without any, or that are not to be decoded here. */
  soundAlone = $state(false)
  /** From the call for a channel to its first frame on the screen. */
  readonly zapTimesMs: number[] = []

  readonly #abilities = browserAbilities()
  readonly #watch = new ProgressWatch()
  #player: shaka.Player | null = null
  #video: HTMLVideoElement | null = null
  #neighbours: Neighbours | null = null
  #captions: HTMLElement | null = null
  #starting: Promise<shaka.Player> | null = null
  #textScale = 1
  #protocol: Protocol = 'dash'
  #lowLatency = false
  #loadedWithText = false
  #isHeld = false
  #wantedMs: number | null = $state(null) // the moment to begin at, until it has begun
  #hasLeftEdge = false
  #turn = 0
  #timer: ReturnType<typeof setInterval> | undefined

  /**
   * Take a video element into use, and one over it that captions are drawn into; the returned function lets go of them.
   * The browser's own captions know neither pictures nor the places of TTML, and Shaka makes their track from a data: URL.
   */
  attach(video: HTMLVideoElement, captions: HTMLElement): () => void {
    this.#video = video
    this.#captions = captions
    this.volume = Math.min(1, Math.max(0, Number(recall('volume') ?? 1) || 0))
    this.muted = recall('muted') === 'yes'
    void watchForScreens(video, (found) => (this.castable = found))
    this.#timer = setInterval(() => this.#look(), LOOK_MS)
    return () => {
      clearInterval(this.#timer)
      this.#turn += 1
      this.#video = null
      void this.#player?.destroy()
    }
  }

  /** Read the player from the node, before a channel asks for it. */
  warm(): void {
    void this.#ready().catch(() => undefined) // a load will say so
  }

  /** The player, read from the node when it is first needed: the list of channels does not wait for it. */
  #ready(): Promise<shaka.Player> {
    this.#starting ??= this.#start().catch((error: unknown) => {
      this.#starting = null // the next load tries again
      throw error
    })
    return this.#starting
  }

  async #start(): Promise<shaka.Player> {
    const { default: library } = await import('./shaka_library')
    const [video, captions] = [this.#video, this.#captions]
    if (!video || !captions) throw new Error('the page has gone')
    library.polyfill.installAll()
    const player = new library.Player()
    player.configure(CONFIGURATION)
    if (this.#abilities.nativeHls) player.configure({ streaming: { preferNativeHls: true } })
    player.configure({ textDisplayer: { fontScaleFactor: this.#textScale } })
    player.setVideoContainer(captions)
    player.addEventListener('error', (event: Event) => this.#onError(event))
    for (const name of ['trackschanged', 'audiotrackchanged', 'textchanged', 'adaptation', 'variantchanged']) {
      player.addEventListener(name, () => this.#refreshChoices())
    }
    // a later part of the channel may be the first that has it
    player.addEventListener('trackschanged', () => this.phase !== 'loading' && this.#selectRememberedText())
    await player.attach(video)
    this.#player = player
    this.#neighbours = new Neighbours(player)
    return player
  }

  /**
   * Show a service. A later call replaces an earlier one at any time. A failure is forgotten at once, or, where the same
   * service is tried again, when the first frame shows: what is said of it does not flicker with each attempt.
   */
  async load(service: Service, choice: ProtocolChoice, { again = false, soundOnly = false, fromMs = null as number | null } = {}): Promise<void> {
    const video = this.#video
    if (!video) return
    const turn = ++this.#turn
    if (!again) this.failure = null
    this.#begin(video)
    this.#wantedMs = fromMs
    const codecs = soundOnly ? [] : obstacles(service.tracks, browserIsTypeSupported)
    if (codecs.length > 0) {
      this.#fail({ category: 4, code: 4032 }, codecs)
      void this.#player?.unload()
      return
    }
    const calledMs = performance.now()
    let player: shaka.Player
    try {
      player = await this.#ready()
    } catch (error) {
      if (turn === this.#turn) this.#fail(error, [])
      return
    }
    if (turn !== this.#turn) return
    const language = recall('audio-language')
    player.configure({ abr: { enabled: true }, preferredAudio: language === null ? [] : [{ language }] })
    let failure: unknown = null
    for (const protocol of protocolsToTry(choice, this.#abilities)) {
      if (turn !== this.#turn) return
      try {
        this.#lowLatency = service.low_latency
        this.#isHeld = false
        this.#loadedWithText = Boolean(recall('text-language')) && service.tracks.some(({ kind }) => kind === 'text')
        player.configure(latencyConfiguration(protocol, this.#lowLatency, this.#loadedWithText))
        const uri = protocol === 'hls' ? service.hls : service.dash
        player.configure({ manifest: { disableVideo: soundOnly } })
        await this.#loadWithSoundOrWithout(player, service, uri, turn, soundOnly)
        if (turn !== this.#turn) return
        this.#protocol = protocol
        const seen = !soundOnly && service.tracks.some(({ kind }) => kind === 'video')
        this.soundAlone = !seen && service.tracks.length > 0
        this.#timeFirstFrame(video, turn, calledMs, seen, fromMs)
        await this.#startPlaying(video, turn)
        this.#refreshChoices()
        return
      } catch (error) {
        if (turn !== this.#turn || isInterrupted(error)) return
        failure = error
      }
    }
    this.#fail(failure, [])
  }

  /** Where only the sound cannot be decoded, show the pictures without it. */
  async #loadWithSoundOrWithout(player: shaka.Player, service: Service, uri: string, turn: number, soundOnly: boolean): Promise<void> {
    const soundless = soundOnly ? [] : soundObstacles(service.tracks, browserIsTypeSupported)
    player.configure({ manifest: { disableAudio: soundless.length > 0 } })
    try {
      // what is prepared is so for a service with pictures and sound
      await player.load(soundless.length > 0 || soundOnly ? uri : ((await this.#neighbours?.take(uri)) ?? uri))
      if (turn === this.#turn) this.soundless = soundless
    } catch (error) {
      const audio = service.tracks.filter(({ kind }) => kind === 'audio')
      const hasPictures = service.tracks.some(({ kind }) => kind === 'video')
      if (turn !== this.#turn || soundless.length > 0 || soundOnly || !hasPictures || !isContentUnsupported(error)) throw error
      player.configure({ manifest: { disableAudio: true } })
      await player.load(uri)
      if (turn === this.#turn) this.soundless = [...new Set(audio.map(({ codec }) => codecName(codec)))]
    }
  }

  /** Get the manifests of services that are likely to be next, and as low in latency as the one that plays. */
  prepare(services: readonly Service[], choice: ProtocolChoice): void {
    const protocol = protocolsToTry(choice, this.#abilities)[0]
    if (this.#abilities.nativeHls) return
    void this.#neighbours?.keep(services.map((service) => (protocol === 'hls' ? service.hls : service.dash)))
  }

  stop(): void {
    this.#turn += 1
    this.phase = 'idle'
    this.failure = null
    this.figures = null
    this.latencyS = null
    this.choices = NO_CHOICES
    void this.#player?.unload()
  }

  /** Where to go on when the channel is loaded again: the moment asked for, or where a viewer was who had left the live edge. */
  get resumeMs(): number | null {
    return this.#wantedMs ?? (this.#hasLeftEdge ? this.playheadMs : null)
  }

  /** The moment that a viewer looks back at, from the call for it on; null: what is on. */
  get lookedBackAtMs(): number | null {
    if (this.phase === 'idle') return null
    return this.#wantedMs ?? (this.behindLiveS > LOOKING_BACK_S ? this.playheadMs : null)
  }

  /** Go to a moment of the channel, by the media's wall clock; as near as the node still has it. */
  goTo(atMs: number): void {
    const [video, player] = [this.#video, this.#player]
    const playheadMs = player?.getPlayheadTimeAsDate()?.getTime()
    this.#wantedMs = null
    if (!video || !player || !playheadMs) return
    const { start, end } = player.seekRange()
    this.#runFree(this.speed)
    const before = video.currentTime
    video.currentTime = Math.min(end, Math.max(start + EDGE_S, before + (atMs - playheadMs) / 1000))
    this.playheadMs = playheadMs + 1000 * (video.currentTime - before)
    this.behindLiveS = Math.max(0, end - video.currentTime)
  }

  /** Play faster or slower; at 1 the live edge is followed again where the viewer is at it. */
  setSpeed(speed: number): void {
    this.speed = speed
    if (speed === 1 && this.behindLiveS < LIVE_TOLERANCE_S) this.#followEdge()
    else this.#runFree(speed)
  }

  /** Play at a speed wherever the edge is. Switched off, Shaka's live sync would follow the MPD's ServiceDescription instead. */
  #runFree(speed: number): void {
    this.#hasLeftEdge = true
    if (this.#video) this.#video.defaultPlaybackRate = speed
    this.#player?.configure({ streaming: { liveSync: { enabled: true, maxPlaybackRate: speed, minPlaybackRate: speed } } })
    if (this.#isLoaded) this.#player?.trickPlay(speed, false)
  }

  /** Shaka has a playback rate only where something is loaded. */
  get #isLoaded(): boolean {
    return this.phase === 'playing' || this.phase === 'waiting' || this.phase === 'paused'
  }

  #followEdge(): void {
    this.#hasLeftEdge = false
    if (this.#video) this.#video.defaultPlaybackRate = 1
    this.speed = 1
    this.#player?.configure({ streaming: { liveSync: liveSync(this.#lowLatency, this.#isHeld ? TEXT_DELAY_S : 0) } })
    if (this.#isLoaded) this.#player?.cancelTrickPlay()
  }

  /** Let the viewer choose a screen nearby (Remote Playback API). */
  cast(): void {
    void this.#video?.remote?.prompt().catch(() => undefined) // nothing was chosen
  }

  togglePause(): void {
    if (this.#video?.paused) void this.#video.play().catch(() => undefined)
    else {
      this.#video?.pause()
      this.#runFree(this.speed)
    }
  }

  goToLive(): void {
    this.#followEdge()
    this.#player?.goToLive()
    this.behindLiveS = 0
    void this.#video?.play().catch(() => undefined)
  }

  toggleMuted(): void {
    this.setMuted(!(this.muted || this.soundRefused))
  }

  setMuted(muted: boolean): void {
    this.soundRefused = false
    this.muted = muted
    if (!muted && this.volume === 0) this.setVolume(0.5)
    if (this.#video) this.#video.muted = muted
    remember('muted', muted ? 'yes' : 'no')
  }

  setVolume(volume: number): void {
    this.volume = Math.round(Math.min(1, Math.max(0, volume)) * 100) / 100
    if (this.#video) this.#video.volume = this.volume
    remember('volume', String(this.volume))
    if (this.volume > 0 && this.muted) this.setMuted(false)
  }

  chooseAudio(choice: AudioChoice): void {
    this.#player?.selectAudioTrack(choice.track)
    this.#player?.configure({ preferredAudio: [{ language: choice.language, role: choice.roles[0] ?? '' }] })
    remember('audio-language', choice.language)
    this.#refreshChoices()
  }

  /** Null turns subtitles off. */
  chooseText(choice: TextChoice | null): void {
    this.#player?.selectTextTrack(choice?.track ?? null)
    remember('text-language', choice?.language ?? '')
    this.#holdFor(choice !== null)
    this.#refreshChoices()
  }

  /** Draw captions larger or smaller than the channel says, by a factor. */
  scaleText(factor: number): void {
    this.#textScale = factor
    this.#player?.configure({ textDisplayer: { fontScaleFactor: factor } })
  }

  /** Keep the distance from the live edge that subtitles need, or no longer; what was loaded with them keeps it. */
  #holdFor(withText: boolean): void {
    if (!this.#lowLatency || this.#protocol !== 'dash' || this.#loadedWithText || withText === this.#isHeld) return
    this.#isHeld = withText
    this.#player?.configure({ streaming: { liveSync: liveSync(true, withText ? TEXT_DELAY_S : 0) } })
    if (withText && this.#video) this.#video.currentTime -= TEXT_DELAY_S
  }

  /** Null leaves the choice to the player. */
  chooseQuality(choice: QualityChoice | null): void {
    this.automaticQuality = choice === null
    this.#player?.configure({ abr: { enabled: choice === null } })
    if (choice) this.#player?.selectVideoTrack(choice.track, true)
    this.#refreshChoices()
  }

  #begin(video: HTMLVideoElement): void {
    this.phase = 'loading'
    this.soundless = []
    this.soundAlone = false
    this.soundRefused = false // a viewer who came here by a key or a click may hear it now
    video.volume = this.volume
    video.muted = this.muted
    this.failure = null
    this.figures = null
    this.latencyS = null
    this.behindLiveS = 0
    this.earliestMs = null
    this.#hasLeftEdge = false
    this.playheadMs = null
    this.speed = 1
    video.defaultPlaybackRate = 1
    this.stillMs = 0
    this.choices = NO_CHOICES
    this.automaticQuality = true
    this.#watch.reset(performance.now())
  }

  /** Play with sound if the browser lets us, without if not. */
  async #startPlaying(video: HTMLVideoElement, turn: number): Promise<void> {
    try {
      await video.play()
    } catch (error) {
      if (turn !== this.#turn || !(error instanceof DOMException) || error.name !== 'NotAllowedError') return
      this.soundRefused = true
      video.muted = true
      // not even without sound: the viewer has to press play
      await video.play().catch(() => {
        if (turn === this.#turn && this.phase !== 'failed') this.phase = 'paused'
      })
    }
  }

  /** The next frame shown after the load is the first of the new channel. */
  #timeFirstFrame(video: HTMLVideoElement, turn: number, calledMs: number, seen: boolean, fromMs: number | null): void {
    const done = () => {
      if (turn !== this.#turn) return
      this.zapTimesMs.push(Math.round(performance.now() - calledMs))
      this.failure = null
      if (this.phase === 'loading') this.phase = 'playing'
      this.#selectRememberedText()
      if (fromMs !== null) this.goTo(fromMs)
    }
    // where there are only sounds no frame ever comes
    if (seen && 'requestVideoFrameCallback' in video) video.requestVideoFrameCallback(done)
    else (video as HTMLVideoElement).addEventListener('timeupdate', done, { once: true })
  }

  #selectRememberedText(): void {
    const language = recall('text-language')
    const tracks = (language && this.#player?.getTextTracks().filter((text) => text.language === language)) || []
    if (tracks[0] && !tracks.some(({ active }) => active)) this.#player?.selectTextTrack(tracks[0])
    this.#holdFor(tracks.length > 0)
  }

  #refreshChoices(): void {
    if (this.#player && this.phase !== 'idle') this.choices = choicesOf(this.#player)
  }

  #onError(event: Event): void {
    const error = (event as Event & { detail?: { severity?: number } }).detail
    if (error?.severity === CRITICAL && !isInterrupted(error)) this.#fail(error, [])
  }

  #fail(error: unknown, codecs: readonly string[]): void {
    this.failure = failureOf(error, codecs)
    this.phase = 'failed'
  }

  /** Read everything that has no event of its own. */
  #look(): void {
    const video = this.#video
    const player = this.#player
    if (!video || !player || this.phase === 'idle' || this.phase === 'failed') return
    const paused = video.paused && this.phase !== 'loading'
    this.stillMs = this.#watch.observe(performance.now(), video.currentTime, paused)
    if (this.phase !== 'loading') this.phase = paused ? 'paused' : this.stillMs > 2 * LOOK_MS ? 'waiting' : 'playing'
    if (this.stillMs > STALL_LIMIT_MS) {
      this.failure = { kind: 'stalled' }
      this.phase = 'failed'
      return
    }
    if (video.readyState === 0) return
    const playheadMs = player.getPlayheadTimeAsDate()?.getTime()
    this.playheadMs = playheadMs ?? this.playheadMs
    this.latencyS = playheadMs ? Math.max(0, (serverNowMs() - playheadMs) / 1000) : null
    const { start, end } = player.seekRange()
    this.behindLiveS = Math.max(0, end - video.currentTime)
    this.earliestMs = playheadMs ? playheadMs - 1000 * (video.currentTime - start) : null
    if (this.speed > 1 && this.behindLiveS < EDGE_S + LOOK_MS / 1000) this.setSpeed(1) // there is nothing left to be ahead of
    const stats = player.getStats()
    this.figures = {
      protocol: this.#protocol,
      width: video.videoWidth,
      height: video.videoHeight,
      codecs: (stats.currentCodecs ?? '').split(/,\s*/).filter(Boolean).map(codecName).join(' + '),
      bandwidth_bps: stats.streamBandwidth,
      throughput_bps: stats.estimatedBandwidth,
      buffered_s: bufferedAheadS(video),
      decoded_frames: stats.decodedFrames,
      dropped_frames: stats.droppedFrames,
      playback_rate: video.playbackRate,
    }
  }
}

/** Tell whether there is a screen nearby; a browser that knows of none, or none for such media, says nothing. */
async function watchForScreens(video: HTMLVideoElement, tell: (found: boolean) => void): Promise<void> {
  try {
    await video.remote?.watchAvailability(tell)
  } catch {
    tell(false)
  }
}

function bufferedAheadS(video: HTMLVideoElement): number {
  for (let index = 0; index < video.buffered.length; index += 1) {
    const end = video.buffered.end(index)
    if (video.buffered.start(index) <= video.currentTime && video.currentTime <= end) return end - video.currentTime
  }
  return 0
}
