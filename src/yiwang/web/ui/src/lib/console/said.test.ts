import { describe, expect, it } from 'vitest'

import { KIND_TEXTS, SAID_TEXTS } from '../i18n/said_texts'
import { filled, kindWord, sentence } from './said'

const claim = { code: 'identifier', values: { identifier: 'tag:x' } }
const but = { code: 'but', values: {} }
const both = { code: 'lists-both', values: { source: 'far' } }

describe('what a node says', () => {
  it('is in Chinese what its clauses are', () => {
    expect(sentence([claim], 'UniqueIdentifier tag:x', 'zh')).toEqual({ text: '唯一标识 tag:x', lang: undefined })
    expect(sentence([claim, but, both], '', 'zh').text).toBe('唯一标识 tag:x，但是列表 far 中两者都有')
  })

  it('is as the node has it in English, and where its words are not known', () => {
    expect(sentence([claim], 'as it is', 'en')).toEqual({ text: 'as it is', lang: undefined })
    expect(sentence([], 'HTTP 404', 'zh')).toEqual({ text: 'HTTP 404', lang: 'en' })
    expect(sentence(undefined, 'HTTP 404', 'zh')).toEqual({ text: 'HTTP 404', lang: 'en' })
    expect(sentence([claim, { code: 'newer', values: {} }], 'newer', 'zh')).toEqual({ text: 'newer', lang: 'en' })
  })

  it('is of a kind that has a word', () => {
    expect([kindWord('number', 'zh'), kindWord('number', 'en'), kindWord('newer', 'zh')]).toEqual(['频道号', 'number', 'newer'])
  })

  it.each(Object.entries({ ...SAID_TEXTS, ...KIND_TEXTS }))('has %s in both languages, asking for the same values', (_, { zh, en }) => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name))
    expect([...new Set(names(zh))].sort()).toEqual([...new Set(names(en))].sort())
    const values = Object.fromEntries(names(en).map((name) => [name, 'x']))
    expect(filled(zh, values)).not.toContain('{')
    expect(/\p{Script=Han}/u.test(zh)).toBe(true)
  })
})
