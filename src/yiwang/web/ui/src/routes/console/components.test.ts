import { render } from 'svelte/server'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import { Board } from '../../lib/console/board.svelte'
import type { Live } from '../../lib/console/tiles'
import { setLanguage } from '../../lib/i18n/language.svelte'
import { report, tile } from '../../lib/testing'
import Errors from './Errors.svelte'
import PidPicture from './PidPicture.svelte'
import TileCard from './TileCard.svelte'
import TileDot from './TileDot.svelte'

beforeAll(() => {
  vi.stubGlobal('document', { documentElement: {} })
  vi.stubGlobal('localStorage', { getItem: () => null, setItem: () => {} })
  setLanguage('en')
})

const QUIET: Live = { rate_kbps: 5000, rms_db: null, requests: 0, waiting: 0 }
const ACTS = { focusable: true, onopen: () => {}, onfocus: () => {} }

function card(of: Parameters<typeof tile>[2], live: Partial<Live> = {}, density: 'cards' | 'pictures' = 'cards'): string {
  const board = new Board()
  board.nowMs = 1_000_000
  board.liveOf = () => ({ ...QUIET, ...live })
  return render(TileCard, { props: { ...ACTS, tile: tile('a', 7, of), board, density } }).body
}

function dot(of: Parameters<typeof tile>[2], hasNumber: boolean): string {
  return render(TileDot, { props: { ...ACTS, tile: tile('a', 7, of), hasNumber } }).body
}

describe('a tile', () => {
  it('tells health in words for those who see neither colour nor shape', () => {
    expect(card({ health: 'down' })).toContain('>Down<')
    expect(dot({ health: 'faulty' }, false)).toMatch(/aria-label="7 Channel 7: Faulty"/)
    expect(dot({}, true)).toMatch(/aria-label="7 Channel 7: Good"/)
  })

  it('says first what is wrong', () => {
    const wrong = { health: 'faulty', error: 'continuity count error on PID 256', silent_s: 9, in_use: 1 } as const
    expect(card(wrong)).toContain('continuity count error on PID 256')
    expect(card({ ...wrong, health: 'good', error: 'old' })).toContain('Nothing published for 9 s')
    expect(card({ in_use: 1 })).toContain('Spare source 1')
    expect(card({ tracks: [{ kind: 'video', codec: 'avc1', height: 1080 }] }, { waiting: 4 })).toContain('1080p · 4 waiting')
  })

  it('has the level of the sound where it is known', () => {
    expect(card({}, { rms_db: -30 })).toContain('height: 50%')
    expect(card({}, { rms_db: -90 })).toMatch(/class="level[^"]* low/)
    expect(card({})).not.toContain('level')
  })

  it('asks for a picture only where there is one to see', () => {
    const tracks = [{ kind: 'video', codec: 'avc1', height: 1080 }] as const
    const picture = /src="\/api\/channels\/a\/thumbnail\.jpg\?at=\d+"/
    expect(card({ tracks }, {}, 'pictures')).toMatch(picture)
    expect(card({ tracks }, {}, 'cards')).not.toMatch(picture)
    expect(card({}, {}, 'pictures')).not.toMatch(picture)
  })
})

describe('the last errors', () => {
  const error = { at: '2026-11-27T02:00:00Z', text: 'packets are missing', name: 'continuity_count_error', pid: 256, count: 3 }

  it('have the PID, the rule and what to do', () => {
    const { body } = render(Errors, { props: { errors: [error] } })
    for (const text of ['PID 256', '3 times', 'Packets are missing', 'TR 101 290 1.4', 'What to do:']) expect(body).toContain(text)
    setLanguage('zh')
    const chinese = render(Errors, { props: { errors: [error, { ...error, name: 'unheard_of', text: 'x y' }] } }).body
    setLanguage('en')
    for (const text of ['有包丢失', '检查信源与节点之间的链路', 'x y']) expect(chinese).toContain(text)
  })

  it('are not all shown at once', () => {
    const many = Array.from({ length: 12 }, (_, n) => ({ ...error, text: `error ${n}` }))
    const { body } = render(Errors, { props: { errors: many } })
    expect(body).toContain('error 7')
    expect(body).not.toContain('error 8')
    expect(body).toContain('Show 4 more')
    expect(render(Errors, { props: { errors: report('a', 1).errors } }).body).toContain('No errors')
  })
})

describe('the picture of the PIDs', () => {
  it('shares the bar among them, the largest first', () => {
    const pids = [{ pid: 256, bit_rate_bps: 1e6, carries: 'H.264/AVC' }, { pid: 8191, bit_rate_bps: 3e6, carries: 'null' }]
    const { body } = render(PidPicture, { props: { pids } })
    expect(body).toContain('PID 8191 null, 3.00 Mbit/s, 75.0 %; PID 256 H.264/AVC, 1.00 Mbit/s, 25.0 %')
    expect(body).toContain('4.00 Mbit/s')
  })
})
