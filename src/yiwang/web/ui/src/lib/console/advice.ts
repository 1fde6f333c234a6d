/** Of each fault: the rule it breaks, and what an operator does about it. */

import type { LocalText } from '../api/types'

export interface Advice {
  readonly rule: string
  readonly todo: LocalText
}

const REPORT: LocalText = { zh: '这是程序的缺陷，请连同日志报告', en: 'A fault of this program: please report it with the log' }
const NETWORK: LocalText = {
  zh: '检查信源与节点之间的链路、交换机丢包和组播；有第二路时用 url1+url2 合并',
  en: 'Look at the path to this node, drops in switches, multicast; merge a second path as url1+url2 if there is one',
}
const ENCODER: LocalText = { zh: '检查编码器或复用器的设置', en: 'Look at the settings of the encoder or multiplexer' }
const TABLES: LocalText = { zh: '检查复用器发出的表', en: 'Look at the tables that the multiplexer sends' }

/** The same advice for several faults. */
function forAll(names: readonly string[], rule: string, todo: LocalText): Record<string, Advice> {
  return Object.fromEntries(names.map((name) => [name, { rule, todo }]))
}

export const ADVICE: Readonly<Record<string, Advice>> = {
  ...forAll(['no_parameter_sets', 'undecodable_leading_picture'], 'ISO/IEC 14496-10 7.4.1.2.1', {
    zh: '接入点之前的画面无法解码：刚接入时正常；反复出现时让编码器随每个 IDR 重发参数集',
    en: 'Pictures before the first access point: normal after a start; if it goes on, have the encoder repeat parameter sets with each IDR',
  }),
  ...forAll(['damaged_access_unit', 'untimed_access_unit', 'audio_frame_error', 'audio_sync_lost'], 'TR 101 290 1.4, 2.1', NETWORK),
  ...forAll(['oversized_access_unit', 'parameter_set_error', 'video_header_error'], 'ISO/IEC 14496-10, 23008-2', ENCODER),
  ...forAll(
    ['crc_error', 'section_length_error', 'section_truncated', 'pointer_field_error'],
    'TR 101 290 2.2, ISO/IEC 13818-1 2.4.4',
    NETWORK,
  ),
  ...forAll(
    ['teletext_data_identifier', 'teletext_data_unit', 'teletext_hamming_error', 'teletext_loss'],
    'ETSI EN 300 472, EN 300 706',
    NETWORK,
  ),
  ...forAll(
    ['dvb_subtitle_data_identifier', 'dvb_subtitle_loss', 'dvb_subtitle_segment_error'],
    'ETSI EN 300 743',
    NETWORK,
  ),
  ...forAll(['rtp_lost', 'rtp_late', 'rtp_duplicate', 'rtp_leg_lost', 'rtp_leg_late', 'rtp_leg_silent'], 'RFC 3550, SMPTE ST 2022-7', NETWORK),
  ...forAll(['rtp_leg_apart'], 'SMPTE ST 2022-7', {
    zh: '合并的两路不是同一个流：两路须由同一发送端复制',
    en: 'The paths do not carry one stream: both must be copies of one sender’s packets',
  }),
  ...forAll(['rtp_malformed', 'rtp_not_ts'], 'RFC 2250', {
    zh: '不是承载 TS 的 RTP：核对地址，裸 TS 用 udp://',
    en: 'No RTP with a transport stream: look at the address; bare transport stream is udp://',
  }),
  ...forAll(['rtp_restarted'], 'RFC 3550', { zh: '发送端重新开始：查看其为何重启', en: 'The sender began anew: see why' }),
  continuity_count_error: { rule: 'TR 101 290 1.4, ISO/IEC 13818-1 2.4.3.3', todo: NETWORK },
  ts_sync_loss: { rule: 'TR 101 290 1.1', todo: NETWORK },
  ts_garbage: { rule: 'ISO/IEC 13818-1 2.4.3.2', todo: NETWORK },
  pat_error: { rule: 'TR 101 290 1.3', todo: TABLES },
  pmt_error: { rule: 'TR 101 290 1.5', todo: TABLES },
  pid_error: { rule: 'TR 101 290 1.6', todo: { zh: 'PMT 列出的流没有数据：检查编码器该路输出', en: 'A stream that the PMT lists does not come: look at that output of the encoder' } },
  no_program: { rule: 'ISO/IEC 13818-1 2.4.4.3', todo: { zh: '核对配置的 program 与 PAT 中的节目号', en: 'Compare program in the config with the PAT' } },
  table_error: { rule: 'TR 101 290 2.2, ISO/IEC 13818-1 2.4.4', todo: TABLES },
  pcr_repetition_error: { rule: 'TR 101 290 2.3.a', todo: { zh: '复用器的 PCR 间隔应不超过 40 毫秒', en: 'Have the multiplexer send PCRs at most 40 ms apart' } },
  pcr_discontinuity_indicator_error: { rule: 'TR 101 290 2.3.b', todo: { zh: '时钟跳变而未置 discontinuity_indicator：检查复用器与循环播放', en: 'The clock jumps without discontinuity_indicator: look at the multiplexer, and at files that loop' } },
  no_time_stamp: { rule: 'ISO/IEC 13818-1 2.7.4', todo: ENCODER },
  pes_header_error: { rule: 'ISO/IEC 13818-1 2.4.3.6', todo: NETWORK },
  scrambled_packet: { rule: 'ISO/IEC 13818-1 2.4.3.3', todo: { zh: '信源被加扰：在送入之前解扰', en: 'The source is scrambled: descramble it before it comes here' } },
  source_error: { rule: '—', todo: { zh: '检查信源地址、权限与对端是否在运行', en: 'Look at the source’s address and rights, and whether the other end runs' } },
  standby_error: { rule: '—', todo: { zh: '备用源不可用：在需要它之前修复', en: 'A spare source fails: mend it before it is needed' } },
  source_ended: { rule: '—', todo: { zh: '对端结束了连接，节点会自动重连', en: 'The other end closed it; the node opens it again' } },
  source_switched: { rule: '—', todo: { zh: '查看原来的信源为何被放弃', en: 'See why the source before was left' } },
  source_clock_off: { rule: 'ISO/IEC 13818-1 2.4.2.1: ±30 ppm', todo: { zh: '编码器时钟超出规定：接入参考时钟或维修', en: 'The encoder’s clock is outside of what is allowed: give it a reference, or have it mended' } },
  clock_step: { rule: 'ISO/IEC 13818-1 2.4.2.1', todo: { zh: '因信源时钟偏差校正了时间', en: 'Time was set right, as the source’s clock is off' } },
  socket_overflow: { rule: '—', todo: { zh: '节点来不及接收：增大 net.core.rmem_max，或减少频道', en: 'The node is too slow: raise net.core.rmem_max, or give it fewer channels' } },
  send_overflow: { rule: '—', todo: { zh: '输出来不及发送：检查网卡与出口带宽', en: 'An output cannot send so fast: look at the interface and its bandwidth' } },
  output_error: { rule: '—', todo: { zh: '检查 output 的组播地址与网卡', en: 'Look at the output’s group and interface' } },
  rtp_leg_error: { rule: 'SMPTE ST 2022-7', todo: { zh: '合并的一路中断：冗余已失去', en: 'One of the merged paths fails: there is no redundancy left' } },
  hls_playlist_error: { rule: 'RFC 8216 4', todo: { zh: '检查上游的播放列表是否可读、是否更新', en: 'See whether the upstream’s playlist can be read, and whether it goes on' } },
  hls_restarted: { rule: 'RFC 8216 6.2.1', todo: { zh: '上游的号码重新开始：检查上游是否重启', en: 'The upstream’s numbers began anew: see whether it was restarted' } },
  hls_segment_missing: { rule: 'RFC 8216 6.2.2', todo: { zh: '上游列出的分片取不到：检查上游与其缓存', en: 'A listed segment could not be had: look at the upstream and its caches' } },
  hls_without_sound: { rule: 'RFC 8216 4.3.4.1', todo: { zh: '声音在另一路列表中，未被取用：选用带声音的变体', en: 'Its sound is in a rendition of its own, which is not taken: have a variant with sound' } },
  rtp_in_udp: { rule: 'RFC 2250', todo: { zh: '信源是 RTP：配置中写 rtp://', en: 'The source is RTP: write rtp:// in the config' } },
  state_not_saved: { rule: '—', todo: { zh: '检查 state_dir 的磁盘空间与权限', en: 'Look at room and rights of state_dir’s disk' } },
  splice_info_error: { rule: 'SCTE 35 9.6', todo: { zh: '检查插播信息的发生器', en: 'Look at what inserts the cues' } },
  splice_inside_segment: { rule: 'SCTE 35, SCTE 67', todo: { zh: '插播点没有随机接入点：让编码器在插播点插入 IDR', en: 'No random access point at the cue: have the encoder insert an IDR there' } },
  undecodable_picture: { rule: 'ISO/IEC 14496-10, 23008-2', todo: ENCODER },
  undecodable_sound: { rule: 'ISO/IEC 14496-3, ETSI TS 102 366', todo: ENCODER },
  picture_not_decoded: { rule: 'ISO/IEC 14496-10, 23008-2', todo: ENCODER },
  sound_not_decoded: { rule: 'ISO/IEC 14496-3, ETSI TS 102 366', todo: ENCODER },
  video_lost: { rule: '—', todo: ENCODER },
  overlapping_picture: { rule: 'ISO/IEC 13818-1 2.7.4', todo: ENCODER },
  wrong_stream_type: { rule: 'ISO/IEC 13818-1 Table 2-34', todo: { zh: 'PMT 中的 stream_type 与内容不符', en: 'The PMT’s stream_type is not what the stream is' } },
  text_time_stamp: { rule: 'ETSI EN 300 472, EN 300 743', todo: ENCODER },
  picture_black: { rule: '—', todo: { zh: '黑场：检查演播室与编码器输入', en: 'Black: look at the studio and the encoder’s input' } },
  picture_freeze: { rule: '—', todo: { zh: '静帧：检查编码器输入', en: 'Frozen: look at the encoder’s input' } },
  silence: { rule: '—', todo: { zh: '静音：检查音频输入与路由', en: 'Silent: look at the audio input and its routing' } },
  internal_error: { rule: '—', todo: REPORT },
}
