import { render } from 'svelte/server'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import { setLanguage } from '../../../lib/i18n/language.svelte'
import type { ConfiguredChannel } from '../../../lib/operator/channel_values'
import ChannelActions from './ChannelActions.svelte'

beforeAll(() => {
  vi.stubGlobal('document', { documentElement: {} })
  setLanguage('en', false)
})

const OURS: ConfiguredChannel = {
  id: 'one',
  service: {},
  in_file: true,
  changed: false,
  stopped: false,
  sources: ['udp://a:1', 'udp://b:1'],
  held_source: null,
  kind: 'config',
  multiplex: '',
}

function shown(more: Partial<ConfiguredChannel>): { buttons: string[]; hint: string; sources: number } {
  const { body } = render(ChannelActions, { props: { channel: { ...OURS, ...more }, onedit: () => {}, onchange: () => {} } })
  return {
    buttons: [...body.matchAll(/<button[^>]*>([^<]*)</g)].map(([, word]) => String(word)),
    hint: /data-testid="acts-hint"[^>]*>([^<]*)/.exec(body)?.[1] ?? '',
    sources: body.split('<option').length - 1,
  }
}

describe('what may be done with a channel', () => {
  it('of the config is all, without a word', () => {
    expect(shown({})).toEqual({ buttons: ['Edit', 'Stop', 'Remove'], hint: '', sources: 3 })
  })

  it('of a list is to stop it, to begin it again, and to choose its source', () => {
    expect(shown({ kind: 'carried' })).toMatchObject({ buttons: ['Stop'], sources: 3, hint: expect.stringContaining('This channel is carried') })
    expect(shown({ kind: 'carried', stopped: true, sources: [] })).toMatchObject({ buttons: ['Start'], sources: 0 })
  })

  it('of a multiplex is nothing, and it says of which', () => {
    expect(shown({ kind: 'programme', multiplex: 'mux' })).toMatchObject({ buttons: [], sources: 0, hint: expect.stringContaining('“mux”') })
    expect(shown({ service: { program: '*' } })).toMatchObject({ buttons: [], hint: expect.stringContaining('takes all programmes') })
  })
})
