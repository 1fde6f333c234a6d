import { describe, expect, it } from 'vitest'

import { ACTION_WORDS } from '../operator/action_words'
import { FAULTS, faultSays } from './faults'
import { chartOf, ticksOf, valueNear } from './chart'
import { annotated, checksOf, indented, playlistsIn } from './manifest'
import { asTree, heat, nameIn, type RegionNode } from './network_types'
import { boxOf, marks, moved, zoomed } from './strip'

describe('a figure over time', () => {
  const series = { step_s: 10, times: [100, 110, 150, 160], figures: { rate: [0, 50, 100, null], level: [-60, -20, null, null] } }

  it('is a line that is broken where nothing is known', () => {
    const chart = chartOf(series, 'rate', 100, 200, 1000, 102)
    expect(chart).toEqual({ line: 'M50.0 101.0h.1L150.0 51.0M550.0 1.0h.1', low: 0, high: 100, last: 100, ticks: [0, 25, 50, 75, 100] })
  })

  it('has its lowest value at the bottom where that is below zero', () => {
    expect(chartOf(series, 'level', 100, 200, 1000, 102)?.line).toBe('M50.0 101.0h.1L150.0 1.0')
    expect(chartOf(series, 'none', 100, 200, 1000, 102)).toBeNull()
  })

  it('has round values beside it', () => {
    expect(ticksOf(824_000, 862_000)).toEqual([0, 250_000, 500_000, 750_000, 1_000_000])
    expect(ticksOf(0, 7)).toEqual([0, 2, 4, 6, 8])
    expect(ticksOf(-60, -20)).toEqual([-60, -50, -40, -30, -20])
    expect(ticksOf(0, 0).length).toBeGreaterThan(1)
  })

  it('tells the value of a moment, where there is one near', () => {
    expect(valueNear(series, 'rate', 116, 10)).toEqual({ atS: 110, value: 50 })
    expect(valueNear(series, 'rate', 166, 20)).toEqual({ atS: 150, value: 100 })
    expect(valueNear(series, 'rate', 135, 5)).toBeNull()
  })
})

describe('a strip of time', () => {
  const whole = { fromMs: 0, toMs: 60_000 }

  it('zooms about a place and never beyond what there is', () => {
    expect(zoomed(whole, 0.5, 0.5, whole)).toEqual({ fromMs: 15_000, toMs: 45_000 })
    expect(zoomed({ fromMs: 0, toMs: 10_000 }, 2, 0.5, whole)).toEqual({ fromMs: 0, toMs: 20_000 })
    expect(zoomed({ fromMs: 50_000, toMs: 60_000 }, 20, 0.5, whole)).toEqual(whole)
    expect(zoomed({ fromMs: 5_000, toMs: 6_000 }, 0.1, 0, whole)).toEqual({ fromMs: 5_000, toMs: 6_000 })
  })

  it('is moved to either end and no further', () => {
    expect(moved({ fromMs: 20_000, toMs: 30_000 }, 0.5, whole)).toEqual({ fromMs: 25_000, toMs: 35_000 })
    expect(moved({ fromMs: 2_000, toMs: 12_000 }, -0.5, whole)).toEqual({ fromMs: 0, toMs: 10_000 })
    expect(moved({ fromMs: 48_000, toMs: 58_000 }, 0.5, whole)).toEqual({ fromMs: 50_000, toMs: 60_000 })
  })

  it('shows what lies in it, cut at its edges', () => {
    const span = { fromMs: 10_000, toMs: 20_000 }
    expect(boxOf(12_000, 14_000, span)).toEqual({ left: 20, width: 20 })
    expect(boxOf(5_000, 11_000, span)).toEqual({ left: 0, width: 10 })
    expect(boxOf(2_000, 9_000, span)).toBeNull()
    expect(boxOf(21_000, 22_000, span)).toBeNull()
  })

  it('has round moments under it', () => {
    expect(marks({ fromMs: 1_500, toMs: 9_000 }, 6)).toEqual([2_000, 4_000, 6_000, 8_000])
    expect(marks({ fromMs: 0, toMs: 3_600_000 }, 6)).toHaveLength(7)
  })
})

const PLAYLIST = `#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-PROGRAM-DATE-TIME:2026-11-27T02:00:00.000Z
#EXTINF:2.0,
1.m4s
#EXTINF:2.4,
2.m4s
#EXT-X-PART:DURATION=0.5,URI="3.0.m4s"
#EXTINF:2.0,
3.m4s
`

describe('a manifest that is read', () => {
  it('is explained line by line', () => {
    const lines = annotated(PLAYLIST)
    expect(lines).toHaveLength(11)
    expect(lines[1]?.note?.en).toContain('no segment is longer')
    expect(lines[5]?.note).toBeNull()
    expect(annotated('<MPD><Period/></MPD>')[0]?.note?.en).toContain('DASH')
  })

  it('is checked where rules can be seen in it', () => {
    const held = (text: string) => Object.fromEntries(checksOf(text).map(({ rule, holds }) => [rule, holds]))
    expect(held(PLAYLIST)).toEqual({
      'RFC 8216 4.3.3.1': true,
      'rfc8216bis 6.2.2': true,
      'RFC 8216 4.3.2.6': true,
      'rfc8216bis 4.4.3.7': true,
    })
    expect(held(PLAYLIST.replace('2.4,', '2.5,'))['RFC 8216 4.3.3.1']).toBe(false)
    expect(held(PLAYLIST.replace('DURATION=0.5', 'DURATION=0.6'))['rfc8216bis 4.4.3.7']).toBe(false)
    expect(held(PLAYLIST.replace('#EXTINF:2.4,\n2.m4s\n', ''))['rfc8216bis 6.2.2']).toBe(false)
    const back = `${PLAYLIST}#EXT-X-PROGRAM-DATE-TIME:2026-11-27T01:59:59.000Z\n`
    expect(held(back)['RFC 8216 4.3.2.6']).toBe(false)
    expect(checksOf('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n')).toEqual([])
  })

  it('leads to the playlists it names', () => {
    const text = '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="audio/index.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nvideo/index.m3u8\n'
    expect(playlistsIn(text)).toEqual(['audio/index.m3u8', 'video/index.m3u8'])
  })

  it('has an element a line', () => {
    expect(indented('<MPD><Period id="1"><S d="2"/></Period></MPD>')).toBe(
      '<MPD>\n  <Period id="1">\n    <S d="2"/>\n  </Period>\n</MPD>',
    )
  })
})

describe('the network', () => {
  const region = (id: string, parent: string): RegionNode => ({ id, names: [], parent, services: 0, own: 0, lists: [] })

  it('is a tree; what lies in a circle or nowhere is still shown once', () => {
    const tree = asTree([region('city', 'north'), region('', ''), region('north', ''), region('lost', 'none'), region('a', 'b'), region('b', 'a')])
    expect(tree.map(({ region: { id }, depth }) => [id, depth])).toEqual([
      ['', 0],
      ['north', 0],
      ['city', 1],
      ['lost', 0],
      ['a', 0],
      ['b', 1],
    ])
  })

  it('is named in the reader’s language', () => {
    const names = [{ value: '北方', lang: 'zh-CN' }, { value: 'North', lang: 'en' }]
    expect([nameIn(names, 'en', 'x'), nameIn(names, 'zh', 'x'), nameIn(names, 'fr', 'x'), nameIn([], 'en', 'x')]).toEqual([
      'North', '北方', '北方', 'x',
    ])
  })

  it('has a guide in shades', () => {
    expect(heat([0, 100], 'red')).toBe(
      'linear-gradient(90deg, color-mix(in srgb, red 0%, transparent) 0.000% 50.000%, color-mix(in srgb, red 100%, transparent) 50.000% 100.000%)',
    )
  })
})

describe('the texts of faults and actions', () => {
  const texts = [...Object.values(FAULTS).flatMap(({ what, todo }) => [what, todo]), ...Object.values(ACTION_WORDS)]

  it('are there in both languages, each in its own', () => {
    for (const { zh, en } of texts) {
      expect(zh).toMatch(/\p{Script=Han}/u)
      expect(en).toMatch(/^[^\p{Script=Han}]+$/u)
    }
  })

  it('have what the node says of this very fault, unless that is its name', () => {
    const says = (name: string, said: string) => faultSays(name, said, ({ en }) => en)
    expect(says('source_error', 'udp://x: no route')).toBe('The source fails; it is opened again · udp://x: no route')
    expect(says('ts_garbage', 'ts garbage')).toBe('There is something between the packets that is none')
    expect(says('crc_error', 'crc error on PID 17 (2 times)')).toBe('The CRC of a section is wrong · PID 17 (2 times)')
    expect(says('unheard_of', 'unheard of')).toBe('unheard of')
  })
})
