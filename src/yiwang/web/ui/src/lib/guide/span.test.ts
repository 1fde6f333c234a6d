import { expect, test } from 'vitest'
import type { GuideEvent } from '../api/types'
import { span } from './span'

const news: GuideEvent = {
  title: '新闻联播',
  text: '',
  language: 'chi',
  start: '2026-11-26T11:00:00.000Z',
  duration_s: 1800,
  genre: 'news',
  age: null,
}

test('an event is told in the time of the viewer', () => {
  expect(span(news, 'zh', 'Asia/Shanghai')).toBe('19:00–19:30')
  expect(span(news, 'en', 'Europe/London')).toBe('11:00–11:30')
})

test('what the stream leaves open is left out', () => {
  expect(span({ ...news, duration_s: null }, 'en', 'UTC')).toBe('11:00')
  expect(span({ ...news, start: null }, 'en', 'UTC')).toBe('')
})
