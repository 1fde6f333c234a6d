import { describe, expect, it, vi } from 'vitest'

import { answerMediaKeys, tellWhatPlays } from './media_session'

class Metadata {
  constructor(readonly init: MediaMetadataInit) {}
}
vi.stubGlobal('MediaMetadata', Metadata)

function sessionKnowing(...known: MediaSessionAction[]) {
  const handlers = new Map<MediaSessionAction, MediaSessionActionHandler | null>()
  return {
    handlers,
    metadata: null as MediaMetadata | null,
    playbackState: 'none' as MediaSessionPlaybackState,
    setActionHandler(action: MediaSessionAction, handler: MediaSessionActionHandler | null) {
      if (!known.includes(action)) throw new TypeError(action)
      handlers.set(action, handler)
    },
    setCameraActive: () => Promise.resolve(),
    setMicrophoneActive: () => Promise.resolve(),
    setPositionState: () => undefined,
  }
}

describe('media keys', () => {
  it('are answered, where the browser knows them, until they are let go of', () => {
    const session = sessionKnowing('play', 'nexttrack')
    const next = vi.fn()
    const letGo = answerMediaKeys({ play: () => undefined, nexttrack: next, stop: () => undefined }, session as never)
    session.handlers.get('nexttrack')?.({ action: 'nexttrack' })
    expect(next).toHaveBeenCalledOnce()
    expect([...session.handlers.keys()]).toEqual(['play', 'nexttrack'])
    letGo()
    expect([...session.handlers.values()]).toEqual([null, null])
  })

  it('are nothing where there is no media session', () => {
    answerMediaKeys({ play: () => undefined }, undefined)()
  })
})

describe('what plays', () => {
  it('is told with the channel and whether it is paused, and withdrawn when nothing does', () => {
    const session = sessionKnowing()
    tellWhatPlays({ title: 'News', artist: 'One' }, 'playing', session as never)
    expect((session.metadata as unknown as Metadata).init).toMatchObject({ title: 'News', artist: 'One' })
    expect(session.playbackState).toBe('playing')
    tellWhatPlays({ title: 'News', artist: 'One' }, 'paused', session as never)
    expect(session.playbackState).toBe('paused')
    tellWhatPlays({ title: 'News', artist: 'One' }, 'failed', session as never)
    expect([session.metadata, session.playbackState]).toEqual([null, 'none'])
    tellWhatPlays(null, 'idle', session as never)
    expect(session.playbackState).toBe('none')
  })
})
