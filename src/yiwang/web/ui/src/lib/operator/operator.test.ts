import { afterEach, describe, expect, it, vi } from 'vitest'

import { EMPTY, formOf, streamWords, triable, valuesOf } from './channel_values'
import { setLanguage } from '../i18n/language.svelte'
import { ask, reasonOf, Refused, session } from './session.svelte'
import { changesOf } from './changes'

afterEach(() => vi.unstubAllGlobals())

function answering(status: number, body: string): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => new Response(status === 204 ? null : body, { status }))
  vi.stubGlobal('fetch', fetched)
  return fetched
}

describe('an entry of the audit log', () => {
  it('says what differs, a line each', () => {
    expect(changesOf(null, { role: 'admin' })).toEqual(['role: – → admin'])
    const one = { id: 'a', number: 3, name: { en: 'A' } }
    expect(changesOf(one, { ...one, number: 7, name: { en: 'B' } })).toEqual(['number: 3 → 7', 'name: {"en":"A"} → {"en":"B"}'])
    expect(changesOf({ number: 3 }, null)).toEqual(['number: 3 → –'])
    expect(changesOf('udp://a', 'udp://b')).toEqual(['udp://a → udp://b'])
    expect(changesOf(null, null)).toEqual([])
  })
})

describe('a request of an operator', () => {
  it('bears the header of our own pages', async () => {
    const fetched = answering(200, '{"x": 1}')
    expect(await ask('PUT', '/api/x', { a: 1 })).toEqual({ x: 1 })
    const [path, sent] = fetched.mock.calls[0] as [string, RequestInit]
    expect(path).toBe('/api/x')
    expect(sent.headers).toEqual({ 'X-Yiwang-Console': '1', 'Content-Type': 'application/json' })
    expect(sent.body).toBe('{"a":1}')
  })

  it.each([
    [401, '{"detail": "sign in first"}', 'sign in first'],
    [422, '{"detail": [{"msg": "too short"}, {"msg": "too long"}]}', 'too short; too long'],
    [500, '{}', 'HTTP 500'],
  ])('says why it was refused: %i', async (status, body, message) => {
    answering(status, body)
    const error = await ask('POST', '/api/x').catch((caught: unknown) => caught)
    expect(error).toBeInstanceOf(Refused)
    expect(error).toMatchObject({ status, message })
  })

  it('says why in the language of the viewer, as far as the node has codes for it', async () => {
    vi.stubGlobal('document', { documentElement: {} })
    const clause = { code: 'no-port', values: {} }
    const refusal = new Refused(422, 'no port; expected host:port', [clause])
    setLanguage('zh', false)
    expect(reasonOf(refusal)).toBe('没有端口；应为 主机:端口')
    expect(reasonOf(new Refused(422, 'something new', []))).toBe('something new')
    setLanguage('en', false)
    expect(reasonOf(refusal)).toBe('no port; expected host:port')
  })

  it('may be without an answer', async () => {
    answering(204, '')
    expect(await ask('DELETE', '/api/x')).toBeNull()
  })
})

describe('the session', () => {
  it('knows what each role may do', async () => {
    answering(200, '{"name": "li", "role": "operator"}')
    await session.look()
    expect([session.name, session.may('viewer'), session.may('operator'), session.may('admin')]).toEqual(['li', true, true, false])
    answering(204, '')
    await session.signOut()
    expect([session.name, session.may('viewer')]).toEqual([null, false])
  })
})

describe('the form of a channel', () => {
  const channel = {
    id: 'one',
    service: { name: { zh: '一', en: 'One' }, number: 7, region: 'n', program: 2, source: ['udp://a:1', 'udp://b:1'], switch_over: { watch: 'all' } },
    in_file: true,
    changed: false,
    stopped: false,
    sources: ['udp://a:1', 'udp://b:1'],
    held_source: null,
    kind: 'config' as const,
    multiplex: '',
  }

  it('gives back what it was given, and what it does not show', () => {
    expect(valuesOf(formOf(channel), channel.service)).toEqual({ id: 'one', ...channel.service })
  })

  it('has packaging, interface and output, as the config has them', () => {
    const service = {
      id: 'one', source: ['udp://239.1.1.1:1'], interface: 'eth1', output: 'udp://239.1.2.3:5000?hops=4', segment_duration: 1.5,
      part_duration: 0.25, window: 90, low_latency: false, transcode_audio: 'always', transcode_video: 'never', watch_picture: true,
    } as const
    const form = formOf({ ...channel, service })
    expect(form).toMatchObject({ segment_duration: '1.5', low_latency: 'false', output: 'udp://239.1.2.3:5000?hops=4' })
    expect(valuesOf(form, service)).toEqual(service)
    const emptied = { ...form, output: ' ', window: '', low_latency: '', watch_picture: false }
    const { output: _, window: __, low_latency: ___, watch_picture: ____, ...kept } = service
    expect(valuesOf(emptied, service)).toEqual(kept)
  })

  it('is tried anew when what is received or sent is another, and not for a name', () => {
    const before = triable(valuesOf(formOf(channel), channel.service))
    const after = (change: object) => triable(valuesOf({ ...formOf(channel), ...change }, channel.service))
    expect(before).toBe(triable(channel.service))
    expect(after({ zh: '二', window: '30' })).toBe(before)
    for (const change of [{ interface: 'eth0' }, { output: 'udp://239.1.2.3:1' }, { program: '3' }, { sources: 'udp://c:1' }]) {
      expect(after(change)).not.toBe(before)
    }
  })

  it('leaves out what is empty, and one name stands for both', () => {
    expect(valuesOf({ ...EMPTY, id: ' x ', en: 'News', sources: ' udp://a:1 \n\n' })).toEqual({
      id: 'x',
      name: { zh: 'News', en: 'News' },
      source: ['udp://a:1'],
    })
    expect(valuesOf({ ...formOf(channel), number: '', region: '', program: '', zh: '', en: '' }, channel.service)).toEqual({
      id: 'one',
      source: ['udp://a:1', 'udp://b:1'],
      switch_over: { watch: 'all' },
    })
  })

  it('has words for a stream', () => {
    const stream = { pid: 256, codec: 'H.264', kind: 'video', width: 1920, height: 1080, channels: null, sampling_frequency: null, language: '' }
    expect(streamWords(stream)).toBe('PID 256 · H.264 · 1920 × 1080')
  })
})
