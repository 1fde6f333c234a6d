import { describe, expect, it } from 'vitest'

import { KIND_TEXTS, PERIOD_TEXTS, SAID_TEXTS, VALUE_TEXTS } from '../i18n/said_texts'
import { filled, kindWord, periodReason, sentence } from './said'

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

  it('has words of others in what fills it in, too', () => {
    const values = { source: 'picture', offset: '0', expected: 'a picture', got: 'Invalid data found when processing input' }
    expect(sentence([{ code: 'wire-error', values }], '', 'zh').text).toBe('picture 第 0 字节：应为 画面，实为 无效的数据')
  })

  it('says where it is before what it says', () => {
    const clauses = [
      { code: 'at', values: { where: 'http://a/b' } },
      { code: 'no-segment-for', values: { seconds: '20' } },
      { code: 'in-segment', values: { number: '12' } },
      { code: 'server-answered', values: { status: '404 Not Found' } },
    ]
    expect(sentence(clauses, '', 'zh').text).toBe('http://a/b：20 秒没有分片，分片 12：服务器回答 404 Not Found')
  })

  it('says why a period began, as far as that is known', () => {
    expect(periodReason('time jump', 'zh')).toEqual({ text: '时间跳变', lang: undefined })
    expect(periodReason('time jump', 'en')).toEqual({ text: 'time jump', lang: undefined })
    expect(periodReason('newer', 'zh')).toEqual({ text: 'newer', lang: 'en' })
    expect(periodReason('', 'zh')).toEqual({ text: '', lang: undefined })
  })

  it('is of a kind that has a word', () => {
    expect([kindWord('number', 'zh'), kindWord('number', 'en'), kindWord('newer', 'zh')]).toEqual(['频道号', 'number', 'newer'])
  })

  it.each(Object.entries({ ...SAID_TEXTS, ...KIND_TEXTS, ...PERIOD_TEXTS, ...VALUE_TEXTS }))('has %s in both languages, asking for the same values', (code, { zh, en }) => {
    const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => String(name))
    expect([...new Set(names(zh))].sort()).toEqual([...new Set(names(en))].sort())
    const values = Object.fromEntries(names(en).map((name) => [name, 'x']))
    expect(filled(zh, values)).not.toContain('{')
    expect(code === 'at' || /\p{Script=Han}/u.test(zh)).toBe(true)
  })
})
