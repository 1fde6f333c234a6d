import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { keptAs } from './kept'
import { Renewal } from './renewal.svelte'

const HERE = 'https://tv.example'
const FILES = new Set(['/', '/assets/tv-1.js'])

describe('what is kept', () => {
  it.each([
    ['/', 'navigate', 'page'],
    ['/?utm=x', 'navigate', 'page'],
    ['/console', 'navigate', null],
    ['/api/docs', 'navigate', null],
    ['/assets/tv-1.js', 'cors', 'file'],
    ['/assets/tv-2.js', 'cors', null], // of another version
    ['/assets/console-1.js', 'cors', null],
    ['/api/network', 'cors', 'list'],
    ['/api/events?since=1-1', 'cors', null],
    ['/api/guide?start=1', 'cors', null],
    ['/live/one/index.m3u8', 'cors', null],
    ['/live/one/video/7.m4s', 'no-cors', null],
    ['https://elsewhere.example/', 'navigate', null],
  ])('of %s (%s): %s', (path, mode, kept) => {
    expect(keptAs({ method: 'GET', mode, url: new URL(path, HERE).href }, HERE, FILES)).toBe(kept)
  })

  it('is only read', () => {
    expect(keptAs({ method: 'POST', mode: 'cors', url: `${HERE}/api/network` }, HERE, FILES)).toBeNull()
  })
})

describe('a newer version', () => {
  const container = Object.assign(new EventTarget(), { controller: null as object | null, register: vi.fn() })
  const update = vi.fn(() => Promise.resolve())

  beforeEach(() => {
    vi.stubGlobal('navigator', { serviceWorker: container })
    container.controller = null
    container.register.mockResolvedValue({ update })
  })
  afterEach(() => vi.unstubAllGlobals())

  it('is not the first that is kept, but one that takes over from it', () => {
    const renewal = new Renewal()
    const stop = renewal.start()
    expect(container.register).toHaveBeenCalledWith('/sw.js')
    container.dispatchEvent(new Event('controllerchange'))
    expect(renewal.isReady).toBe(false)
    container.dispatchEvent(new Event('controllerchange'))
    expect(renewal.isReady).toBe(true)
    stop()
  })

  it('takes over from the one the page was opened with', () => {
    container.controller = {}
    const renewal = new Renewal()
    const stop = renewal.start()
    container.dispatchEvent(new Event('controllerchange'))
    expect(renewal.isReady).toBe(true)
    stop()
  })

  it('is looked for on request', async () => {
    const renewal = new Renewal()
    renewal.look()
    renewal.start()
    await Promise.resolve()
    expect(update).not.toHaveBeenCalled()
    renewal.look()
    expect(update).toHaveBeenCalledOnce()
  })

  it('cannot be where the browser keeps nothing', () => {
    vi.stubGlobal('navigator', {})
    const renewal = new Renewal()
    renewal.start()()
    renewal.look()
    expect(renewal.isReady).toBe(false)
  })
})
