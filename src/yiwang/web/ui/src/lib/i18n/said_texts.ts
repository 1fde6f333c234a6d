/** Sentences of a node about its network, by their codes (`yiwang/base/said.py`): the English ones are those of the node. */

import type { Texts } from './catalogue'

export const SAID_TEXTS: Readonly<Record<string, Texts>> = {
  'rule-same': { zh: '规则认定为同一个', en: 'a rule says the same' },
  'rule-different': { zh: '规则认定为不同', en: 'a rule says different' },
  'decision-same': { zh: '同一个：{who} 的决定 {decision}（{at}）', en: 'the same: decision {decision} of {who}, {at}' },
  'decision-different': { zh: '不是同一个：{who} 的决定 {decision}（{at}）', en: 'never the same: decision {decision} of {who}, {at}' },
  'decision-number': { zh: '频道号 {number}：{who} 的决定 {decision}（{at}）', en: 'number {number}: decision {decision} of {who}, {at}' },
  identifier: { zh: '唯一标识 {identifier}', en: 'UniqueIdentifier {identifier}' },
  'identifier-claimed': { zh: '{one} 和 {other} 使用同一唯一标识 {identifier}', en: 'UniqueIdentifier {identifier} is claimed by {one} and by {other}' },
  triplet: { zh: 'DVB 三元组 {triplet}', en: 'DVB triplet {triplet}' },
  'triplet-claimed': { zh: '{one} 和 {other} 使用同一 DVB 三元组 {triplet}', en: 'DVB triplet {triplet} is claimed by {one} and by {other}' },
  'names-equal': { zh: '名称都是“{name}”', en: 'both are {name}' },
  'names-same-core': { zh: '“{one}”和“{other}”都是“{core}”', en: '{one} and {other} are both {core}' },
  'names-alike': { zh: '“{one}”与“{other}”相似', en: '{one} is like {other}' },
  'name-everywhere': { zh: '各地都有此名称', en: 'a name that every region has' },
  'name-crowd': { zh: '每个列表都有至少 {count} 个服务叫此名称', en: 'a name that each of the lists gives to {count} services or more' },
  'guides-same': { zh: '节目单 {share} 相同', en: '{share} of the guides is the same' },
  but: { zh: '但是', en: 'but' },
  'lists-both': { zh: '列表 {source} 中两者都有', en: '{source} lists both' },
  'region-has-both': { zh: '{region} 两者都有：{one} 和 {other}', en: '{region} has both: {one} and {other}' },

  'id-refused': {
    zh: '规则要把 {listed} 称为 {id}：此标识已被使用，或 {listed} 已有标识，或此标识不合规范',
    en: 'a rule calls {listed} {id}, which is another\'s name, or it has another, or it is no id',
  },
  'number-preferred-twice': { zh: '频道号 {number} 由规则给了 {service}，又给了另一个', en: 'a rule prefers {number} for {service}, another for a second' },
  'number-range-full': { zh: '{first} 到 {last} 之间没有号码可给 {service}', en: 'no number of {first} to {last} is left for {service}' },
  'number-out-of-range': { zh: '{number} 不在 {first} 到 {last} 之间', en: '{number} is no number from {first} to {last}' },
  'number-none-left': { zh: '{region} 没有剩余的频道号', en: 'no number is left in {region}' },
  'number-none-left-nowhere': { zh: '不属于区域的频道没有剩余的频道号', en: 'no number is left in no region' },
  'number-taken': { zh: '{region} 的频道号 {number} 属于 {winner}；{service} 得到 {has}', en: '{number} in {region} is {winner}\'s; {service} has {has}' },
  'number-taken-nowhere': { zh: '无区域时频道号 {number} 属于 {winner}；{service} 得到 {has}', en: '{number} in no region is {winner}\'s; {service} has {has}' },
  'region-parents': { zh: '{region} 被归入多个上级：{parents}', en: '{region} is put into {parents}' },
  'region-parent-unlisted': { zh: '{region} 的上级 {parent} 不在任何列表中', en: '{parent}, parent of {region}, is listed nowhere' },
  'region-circle': { zh: '{regions}：互为上级', en: '{regions}: a circle' },
  'region-too-deep': { zh: '{region} 有 {levels} 层，超过 {most} 层', en: '{region} is {levels} levels deep, more than {most}' },

  'no-way-to-receive': { zh: '列表中没有接收方式', en: 'listed without any way to receive it' },
  'dash-only': {
    zh: '列表中只有 DASH，不能转播；可转播传输流和 HLS',
    en: 'listed with DASH only, which is not carried; HLS and transport streams are',
  },
  'tuners-only': {
    zh: '列表中只有调谐器或播放器的接收方式，没有 IP 传输流或 HLS',
    en: 'listed for tuners and players only: neither a transport stream over IP nor HLS',
  },
  'no-address': { zh: '不是列表可以给出的码流地址', en: 'no address of a stream that a list may name' },
  'not-read-yet': { zh: '播放列表还没有读取', en: 'its playlist has not been read yet' },
  stopped: { zh: '操作员已停止转播', en: 'an operator has stopped it' },
  loop: { zh: '回环：它来自本节点', en: 'a loop: it comes from this node itself' },
  'no-map': { zh: '分片是 fMP4，但没有 EXT-X-MAP', en: 'its segments are fragmented MP4, but it has no EXT-X-MAP' },
  'key-frames-only': { zh: '只有关键帧（EXT-X-I-FRAMES-ONLY）', en: 'it has key frames only (EXT-X-I-FRAMES-ONLY)' },
  'no-variants': { zh: '变体列表为空', en: 'its list of variants is empty' },
}

/** The kinds of conflicts and of evidence. */
export const KIND_TEXTS: Readonly<Record<string, Texts>> = {
  rule: { zh: '规则', en: 'rule' },
  decision: { zh: '决定', en: 'decision' },
  identifier: { zh: '标识', en: 'identifier' },
  triplet: { zh: '三元组', en: 'triplet' },
  name: { zh: '名称', en: 'name' },
  guide: { zh: '节目单', en: 'guide' },
  previous: { zh: '以前', en: 'previous' },
  region: { zh: '区域', en: 'region' },
  against: { zh: '反对', en: 'against' },
  number: { zh: '频道号', en: 'number' },
  id: { zh: '服务标识', en: 'id' },
  match: { zh: '匹配', en: 'match' },
}
