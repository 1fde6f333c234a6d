/** Playlists and manifests as a reader checks them: what each line says, and rules that must hold. */

import type { LocalText } from '../api/types'

export interface Line {
  readonly text: string
  readonly note: LocalText | null
}

export interface Check {
  readonly rule: string
  readonly says: LocalText
  readonly holds: boolean
}

const TAGS: Readonly<Record<string, LocalText>> = {
  EXTM3U: { zh: 'HLS 播放列表（RFC 8216 4.3.1.1）', en: 'an HLS playlist (RFC 8216 4.3.1.1)' },
  'EXT-X-VERSION': { zh: '协议版本', en: 'protocol version' },
  'EXT-X-INDEPENDENT-SEGMENTS': { zh: '每个分片可独立解码', en: 'each segment can be decoded by itself' },
  'EXT-X-MEDIA': { zh: '一个备选轨道', en: 'a rendition: sound, subtitles, captions' },
  'EXT-X-STREAM-INF': { zh: '一个组合，下一行是它的播放列表', en: 'a variant; the next line is its playlist' },
  'EXT-X-TARGETDURATION': { zh: '任何分片都不超过这么多秒', en: 'no segment is longer than so many seconds' },
  'EXT-X-MEDIA-SEQUENCE': { zh: '第一个分片的号码，永不减小', en: 'number of the first segment; never falls' },
  'EXT-X-DISCONTINUITY-SEQUENCE': { zh: '此前的不连续个数', en: 'discontinuities before the first segment' },
  'EXT-X-DISCONTINUITY': { zh: '从这里起时间与编码可能不同', en: 'time and coding may be others from here on' },
  'EXT-X-MAP': { zh: '后面分片的 CMAF 头', en: 'CMAF header of the segments that follow' },
  'EXT-X-PROGRAM-DATE-TIME': { zh: '下一分片的真实时间', en: 'wall clock of the next segment' },
  EXTINF: { zh: '下一分片的时长', en: 'duration of the next segment' },
  'EXT-X-GAP': { zh: '这个号码没有分片', en: 'there is no segment of this number' },
  'EXT-X-PART': { zh: '低延时部分', en: 'a part, for low latency' },
  'EXT-X-PART-INF': { zh: '部分的最长时长', en: 'the longest part' },
  'EXT-X-PRELOAD-HINT': { zh: '下一个将出现的部分', en: 'the part that comes next' },
  'EXT-X-RENDITION-REPORT': { zh: '其他轨道到了哪里', en: 'where the other renditions are' },
  'EXT-X-SERVER-CONTROL': { zh: '服务器能做什么：阻塞刷新、距直播点的距离', en: 'what the server does: blocking reload, distance to the live edge' },
  'EXT-X-DATERANGE': { zh: '一段有含义的时间（插播）', en: 'a span with a meaning (a splice cue)' },
  'EXT-X-CUE-OUT': { zh: '插播开始', en: 'a break begins' },
  'EXT-X-CUE-IN': { zh: '插播结束', en: 'a break ends' },
  'EXT-X-ENDLIST': { zh: '不会再有分片', en: 'there will be no more' },
  'EXT-X-SKIP': { zh: '省略了已知的分片', en: 'segments that are known already are left out' },
}
const ELEMENTS: Readonly<Record<string, LocalText>> = {
  MPD: { zh: 'DASH 清单（ISO/IEC 23009-1）', en: 'a DASH manifest (ISO/IEC 23009-1)' },
  Period: { zh: '一个时段：其中时间与编码不变', en: 'a period, in which time and coding go on' },
  AdaptationSet: { zh: '可互换的轨道', en: 'tracks that can be exchanged' },
  Representation: { zh: '一个轨道', en: 'a track' },
  SegmentTemplate: { zh: '分片地址的模板', en: 'how segments are addressed' },
  SegmentTimeline: { zh: '分片的时间', en: 'when segments are' },
  S: { zh: '开始 t、时长 d、再重复 r 次', en: 'begin t, duration d, r more like it' },
  UTCTiming: { zh: '播放器从这里对时', en: 'where players set their clock' },
  ServiceDescription: { zh: '目标延时', en: 'the latency that is aimed at' },
  Latency: { zh: '延时，毫秒', en: 'latency, milliseconds' },
  EventStream: { zh: '事件（插播）', en: 'events (splice cues)' },
  Event: { zh: '一个事件', en: 'an event' },
  Role: { zh: '轨道的用途', en: 'what the track is for' },
  ProducerReferenceTime: { zh: '媒体时间与真实时间的对应', en: 'wall clock of a media time' },
  BaseURL: { zh: '相对地址的起点', en: 'what addresses are relative to' },
}

export function annotated(text: string): Line[] {
  if (text.trimStart().startsWith('<')) return lines(text).map(annotatedXml)
  return lines(text).map((line) => {
    const tag = /^#([A-Z0-9-]+)/.exec(line)?.[1]
    return { text: line, note: tag ? (TAGS[tag] ?? null) : null }
  })
}

function lines(text: string): string[] {
  return text.trimEnd().split(/\r?\n/)
}

function annotatedXml(line: string): Line {
  const element = /^\s*<([A-Za-z:]+)/.exec(line)?.[1]
  return { text: line, note: element ? (ELEMENTS[element.replace(/^.*:/, '')] ?? null) : null }
}

/** One element a line, as deep as it is nested. */
export function indented(xml: string): string {
  let depth = 0
  return xml
    .replace(/>\s*</g, '>\n<')
    .split('\n')
    .map((line) => {
      if (line.startsWith('</')) depth -= 1
      const shown = '  '.repeat(Math.max(0, depth)) + line
      if (/^<[^/?!]/.test(line) && !line.endsWith('/>') && !line.includes('</')) depth += 1
      return shown
    })
    .join('\n')
}

/** Addresses of playlists in a multivariant playlist. */
export function playlistsIn(text: string): string[] {
  const found = lines(text).flatMap((line) => {
    if (!line.startsWith('#')) return line === '' ? [] : [line]
    const uri = line.startsWith('#EXT-X-MEDIA:') ? /URI="([^"]+)"/.exec(line)?.[1] : undefined
    return uri ? [uri] : []
  })
  return [...new Set(found)]
}

/** Rules of a Media Playlist that can be seen in it alone; of anything else none. */
export function checksOf(text: string): Check[] {
  const value = (tag: string) => new RegExp(`^#${tag}:([^,\\n]+)`, 'm').exec(text)?.[1]
  const target = Number(value('EXT-X-TARGETDURATION'))
  if (!Number.isFinite(target)) return []
  const durations = [...text.matchAll(/^#EXTINF:([\d.]+)/gm)].map(([, seconds]) => Number(seconds))
  const parts = [...text.matchAll(/^#EXT-X-PART:.*?DURATION=([\d.]+)/gm)].map(([, seconds]) => Number(seconds))
  const partTarget = Number(/^#EXT-X-PART-INF:.*?PART-TARGET=([\d.]+)/m.exec(text)?.[1])
  const dates = [...text.matchAll(/^#EXT-X-PROGRAM-DATE-TIME:(.+)$/gm)].map(([, date]) => Date.parse(String(date)))
  const listed = durations.reduce((sum, seconds) => sum + seconds, 0)
  const checks: Check[] = [
    {
      rule: 'RFC 8216 4.3.3.1',
      says: { zh: `没有分片超过 ${target} 秒`, en: `no segment rounds to more than ${target} s` },
      holds: durations.every((seconds) => Math.round(seconds) <= target),
    },
    {
      rule: 'rfc8216bis 6.2.2',
      says: { zh: `列出 ${listed.toFixed(1)} 秒，至少三个目标时长`, en: `${listed.toFixed(1)} s are listed, at least three target durations` },
      holds: listed >= 3 * target || durations.length === 0,
    },
    {
      rule: 'RFC 8216 4.3.2.6',
      says: { zh: '时间只增不减', en: 'dates only rise' },
      holds: dates.every((at, index) => Number.isFinite(at) && (index === 0 || at >= (dates[index - 1] ?? 0))),
    },
  ]
  if (parts.length > 0) {
    checks.push({
      rule: 'rfc8216bis 4.4.3.7',
      says: { zh: `没有部分超过 ${partTarget} 秒`, en: `no part is longer than ${partTarget} s` },
      holds: parts.every((seconds) => seconds <= partTarget + 1e-6),
    })
  }
  return checks
}
