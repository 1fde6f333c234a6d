import { describe, expect, it } from 'vitest'

import { track } from '../testing'
import { codecName, obstacles, soundObstacles } from './codecs'
import { failureOf, isInterrupted } from './failure'
import { noticeOf, PATIENCE_MS, retryDelayMs, type Situation } from './notice'
import { ProgressWatch } from './progress'
import { parseProtocolChoice, protocolsToTry } from './protocol'

describe('the protocol', () => {
  const chromium = { mediaSource: true, nativeHls: false }

  it('is what the viewer chose, and automatically DASH with HLS to fall back on', () => {
    expect(protocolsToTry('auto', chromium)).toEqual(['dash', 'hls'])
    expect(protocolsToTry('hls', chromium)).toEqual(['hls'])
  })

  it('is HLS first where the system plays it, and HLS only where nothing else can play', () => {
    expect(protocolsToTry('auto', { mediaSource: true, nativeHls: true })).toEqual(['hls', 'dash'])
    expect(protocolsToTry('dash', { mediaSource: false, nativeHls: true })).toEqual(['hls'])
  })

  it('is automatic when what was remembered makes no sense', () => {
    expect([parseProtocolChoice('dash'), parseProtocolChoice('rtmp'), parseProtocolChoice(null)]).toEqual(['dash', 'auto', 'auto'])
  })
})

describe('codecs', () => {
  const chromium = (type: string) => /avc1|mp4a\.40/.test(type)

  it('have the names people know', () => {
    expect(['avc1.64001f', 'hvc1.1.6.L93.B0', 'mp4a.40.2', 'mp4a.40.5', 'ac-3', 'av01.0.04M.08', 'new1'].map(codecName)).toEqual([
      'H.264/AVC',
      'H.265/HEVC',
      'AAC',
      'HE-AAC',
      'AC-3',
      'AV1',
      'new1',
    ])
  })

  it('keep a service from playing only when none of its pictures, or of its sound where it has none, is playable', () => {
    const [avc, hevc, aac, ac3] = [track('video', 'avc1.64001f'), track('video', 'hvc1.1'), track('audio', 'mp4a.40.2'), track('audio', 'ac-3')]
    expect(obstacles([avc, aac, ac3, track('text', 'stpp')], chromium)).toEqual([])
    expect(obstacles([hevc, aac], chromium)).toEqual(['H.265/HEVC'])
    expect(obstacles([hevc, ac3], chromium)).toEqual(['H.265/HEVC'])
    expect(obstacles([ac3], chromium)).toEqual(['AC-3'])
    expect(obstacles([], chromium)).toEqual([])
  })

  it('of the sound alone leave the pictures', () => {
    const [avc, aac, ac3, mp2] = [track('video', 'avc1.64001f'), track('audio', 'mp4a.40.2'), track('audio', 'ac-3'), track('audio', 'mp4a.40.33')]
    expect(obstacles([avc, ac3], chromium)).toEqual([])
    expect(soundObstacles([avc, ac3, mp2, ac3], (type) => /avc1|mp4a\.40\.2"/.test(type))).toEqual(['AC-3', 'MP2'])
    expect(soundObstacles([avc, ac3, aac], chromium)).toEqual([])
    expect(soundObstacles([ac3], chromium)).toEqual([])
    expect(soundObstacles([avc], chromium)).toEqual([])
  })
})

describe('failures', () => {
  it('are told apart by what can be done', () => {
    expect(failureOf({ category: 4, code: 4032 }, ['AC-3'])).toEqual({ kind: 'codec', codecs: ['AC-3'] })
    expect(failureOf({ category: 1, code: 1001 }, [])).toEqual({ kind: 'network' })
    expect(failureOf({ category: 1, code: 1001, data: ['/live/a', 403] }, [])).toEqual({ kind: 'refused' })
    expect(failureOf({ category: 1, code: 1001, data: ['/live/a', 503] }, [])).toEqual({ kind: 'network' })
    expect(failureOf({ category: 3, code: 3016 }, [])).toEqual({ kind: 'other', detail: 'Shaka 3016' })
    expect(failureOf(new Error('boom'), [])).toEqual({ kind: 'other', detail: 'boom' })
  })

  it('do not include a load that was replaced', () => {
    expect(isInterrupted({ category: 7, code: 7000 })).toBe(true)
    expect(isInterrupted({ category: 1, code: 1001 })).toBe(false)
    expect(isInterrupted(null)).toBe(false)
  })

  it('are retried soon, then patiently, and never less than every 8 s', () => {
    expect([1, 2, 3, 4, 5, 50].map(retryDelayMs)).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000])
  })
})

describe('the notice', () => {
  const reason = { zh: '无', en: 'none' }
  const fine: Situation = { service: { state: 'live', reason: null, codecs: [] }, feed: 'open', online: true, failure: null, stillMs: 0 }
  const still: Situation = { ...fine, stillMs: PATIENCE_MS }
  const service = (state: 'starting' | 'no-signal' | 'unsupported') => ({ state, reason, codecs: ['MPEG-2 video'] })

  it('is none while the picture moves, whatever else is wrong', () => {
    expect(noticeOf(fine)).toBeNull()
    expect(noticeOf({ ...fine, feed: 'lost' })).toBeNull()
    expect(noticeOf({ ...fine, service: service('no-signal') })).toBeNull()
    expect(noticeOf({ ...fine, service: undefined })).toBeNull()
  })

  it('says why a picture stands still', () => {
    expect(noticeOf({ ...still, feed: 'lost' })).toEqual({ kind: 'unreachable' })
    expect(noticeOf({ ...still, service: service('no-signal') })).toEqual({ kind: 'no-signal', reason })
    expect(noticeOf({ ...still, service: service('starting') })).toEqual({ kind: 'starting', reason })
    expect(noticeOf({ ...still, service: undefined })).toEqual({ kind: 'gone' })
    expect(noticeOf(still)).toBeNull()
  })

  it('tells a device without a network from a node that is away, and either from a refusal', () => {
    expect(noticeOf({ ...still, feed: 'lost', online: false })).toEqual({ kind: 'offline' })
    expect(noticeOf({ ...fine, failure: { kind: 'network' }, online: false })).toEqual({ kind: 'offline' })
    expect(noticeOf({ ...still, online: false })).toEqual({ kind: 'offline' })
    expect(noticeOf({ ...fine, online: false })).toBeNull() // what is in the buffer plays on
    expect(noticeOf({ ...still, service: service('no-signal'), online: false })).toEqual({ kind: 'no-signal', reason })
    expect(noticeOf({ ...fine, failure: { kind: 'refused' } })).toEqual({ kind: 'refused' })
    expect(noticeOf({ ...fine, failure: { kind: 'refused' }, feed: 'lost' })).toEqual({ kind: 'unreachable' })
  })

  it('names the codecs that cannot be played here', () => {
    expect(noticeOf({ ...fine, service: service('unsupported') })).toEqual({ kind: 'codec', codecs: ['MPEG-2 video'] })
    expect(noticeOf({ ...fine, failure: { kind: 'codec', codecs: ['AC-3'] } })).toEqual({ kind: 'codec', codecs: ['AC-3'] })
  })

  it('says that it tries again after any other failure', () => {
    expect(noticeOf({ ...fine, failure: { kind: 'stalled' } })).toEqual({ kind: 'retrying', detail: '' })
    expect(noticeOf({ ...fine, failure: { kind: 'network' }, feed: 'lost' })).toEqual({ kind: 'unreachable' })
  })
})

describe('the watch over progress', () => {
  it('counts while the media time stands, and not while paused', () => {
    const watch = new ProgressWatch()
    watch.reset(0)
    expect(watch.observe(100, 5, false)).toBe(0)
    expect(watch.observe(400, 5, false)).toBe(300)
    expect(watch.observe(500, 5.1, false)).toBe(0)
    expect(watch.observe(900, 5.1, true)).toBe(0)
    expect(watch.observe(1_000, 5.1, false)).toBe(100)
  })
})
