/** Of each fault that the node may tell: what it is, the rule that is broken, and what an operator does about it. */

import type { LocalText } from '../api/types'

export interface FaultText {
  readonly rule: string
  readonly what: LocalText
  readonly todo: LocalText
}

const AVC_HEVC = 'ISO/IEC 14496-10, 23008-2'
const LOST = 'TR 101 290 1.4, 2.1'
const READ = 'W3C IMSC 1.0.1, WebVTT'
const NO_RULE = ''
const SECTION = 'TR 101 290 2.2, ISO/IEC 13818-1 2.4.4'
const SOUND = 'ISO/IEC 14496-3, ETSI TS 102 366'
const ST_2022_7 = 'SMPTE ST 2022-7'

function text(zh: string, en: string): LocalText {
  return { zh, en }
}

function fault(rule: string, zh: string, en: string, todo: LocalText): FaultText {
  return { rule, what: { zh, en }, todo }
}

const REPORT = text('这是程序的缺陷，请连同日志报告', 'A fault of this program: please report it with the log')
const NETWORK = text(
  '检查信源与节点之间的链路、交换机丢包和组播；有第二路时用 url1+url2 合并',
  'Look at the path to this node, drops in switches, multicast; merge a second path as url1+url2 if there is one',
)
const ENCODER = text('检查编码器或复用器的设置', 'Look at the settings of the encoder or multiplexer')
const READER = text(
  '节点过忙：减少 read_subtitles 的频道或语种',
  'The node is too busy: read the subtitles of fewer channels or languages (read_subtitles)',
)
const TABLES = text('检查复用器发出的表', 'Look at the tables that the multiplexer sends')
const PARAMETER_SETS = text(
  '刚接入时正常；反复出现时让编码器随每个 IDR 重发参数集',
  'Normal after a start; if it goes on, have the encoder repeat parameter sets with each IDR',
)
const LEVEL = text('检查送入本节点之前的调制、接收和解复用设备', 'Look at the modulators, receivers and demultiplexers before this node')
const NOT_TS = text('核对地址；裸 TS 用 udp://', 'Look at the address; bare transport stream is udp://')

/** What the node says of this very one beyond the fault's name. */
export function detailsOf(name: string, said: string): string {
  const words = name.replaceAll('_', ' ')
  return said.startsWith(words) ? said.slice(words.length).replace(/^ on |^[: ]+/, '') : said
}

/** The sentence, and in the node's own language what it says beyond it; in others the drawer has that, as far as it is known. */
export function faultSays(name: string, said: string, local: (text: LocalText) => string): string {
  const known = FAULTS[name]
  if (!known) return said
  const what = local(known.what)
  return what === known.what.en ? [what, detailsOf(name, said)].filter(Boolean).join(' · ') : what
}

export const FAULTS: Readonly<Record<string, FaultText>> = {
  // packets
  continuity_count_error: fault('TR 101 290 1.4, ISO/IEC 13818-1 2.4.3.3', '有包丢失', 'Packets are missing', NETWORK),
  ts_sync_loss: fault('TR 101 290 1.1', '失去 TS 同步', 'The packets’ sync is lost', NETWORK),
  ts_garbage: fault('ISO/IEC 13818-1 2.4.3.2', '包之间有不属于 TS 的数据', 'There is something between the packets that is none', NETWORK),
  sync_byte_error: fault('TR 101 290 1.2', '包不以同步字节开始', 'A packet does not begin with the sync byte', NETWORK),
  transport_error: fault('TR 101 290 2.1', '包带有传输错误标志', 'Packets are marked as damaged', LEVEL),
  packet_header_error: fault('ISO/IEC 13818-1 2.4.3.2', '包头损坏', 'A packet’s header is damaged', NETWORK),
  scrambled_packet: fault('ISO/IEC 13818-1 2.4.3.3', '码流被加扰', 'The stream is scrambled', text('在送入之前解扰', 'Descramble it before it comes here')),
  pes_header_error: fault('ISO/IEC 13818-1 2.4.3.6', 'PES 包头损坏', 'The header of a PES packet is damaged', NETWORK),

  // tables
  pat_error: fault('TR 101 290 1.3', 'PAT 缺失或间隔过长', 'The PAT is missing or comes too seldom', TABLES),
  pmt_error: fault('TR 101 290 1.5', 'PMT 缺失或间隔过长', 'A PMT is missing or comes too seldom', TABLES),
  pid_error: fault('TR 101 290 1.6', 'PMT 列出的流没有数据', 'A stream that the PMT lists does not come', text('检查编码器该路输出', 'Look at that output of the encoder')),
  no_program: fault('ISO/IEC 13818-1 2.4.4.3', 'PAT 中没有配置的节目', 'The PAT has no such programme', text('核对配置的 program 与 PAT 中的节目号', 'Compare program in the config with the PAT')),
  table_error: fault(SECTION, '表的内容有误', 'A table is wrong', TABLES),
  crc_error: fault(SECTION, '段的 CRC 不符', 'The CRC of a section is wrong', NETWORK),
  section_length_error: fault(SECTION, '段的长度有误', 'The length of a section is wrong', NETWORK),
  section_truncated: fault(SECTION, '段不完整', 'A section is not whole', NETWORK),
  pointer_field_error: fault(SECTION, '段起始指针有误', 'The pointer to a section is wrong', NETWORK),
  wrong_stream_type: fault('ISO/IEC 13818-1 Table 2-34', '流的内容与 stream_type 不符', 'A stream is not what its stream_type says', TABLES),

  // clocks and times
  pcr_repetition_error: fault('TR 101 290 2.3.a', 'PCR 间隔过长', 'PCRs are too far apart', text('复用器的 PCR 间隔应不超过 40 毫秒', 'Have the multiplexer send PCRs at most 40 ms apart')),
  pcr_discontinuity_indicator_error: fault('TR 101 290 2.3.b', '时钟跳变而未置 discontinuity_indicator', 'The clock jumps without discontinuity_indicator', text('检查复用器与循环播放的文件', 'Look at the multiplexer, and at files that loop')),
  no_time_stamp: fault('ISO/IEC 13818-1 2.7.4', '流没有时间标记', 'A stream has no time stamps', ENCODER),
  source_clock_off: fault('ISO/IEC 13818-1 2.4.2.1: ±30 ppm', '信源时钟偏差过大', 'The source’s clock is off', text('编码器接入参考时钟或维修', 'Give the encoder a reference, or have it mended')),
  clock_step: fault('ISO/IEC 13818-1 2.4.2.1', '因信源时钟偏差校正了时间', 'Time was set right, as the source’s clock is off', text('编码器接入参考时钟', 'Give the encoder a reference')),
  time_jump: fault('ISO/IEC 13818-1 2.7.4', '码流的时间跳变，开始了新的时段', 'The stream’s time jumped; a new period began', text('查看信源是否重启、切换或循环播放', 'See whether the source was restarted, switched, or is a loop')),
  time_hole: fault(NO_RULE, '信号中断后恢复，中间缺少一段', 'The signal was away and came back; there is a hole', NETWORK),
  overlapping_picture: fault('ISO/IEC 13818-1 2.7.4', '画面的时间重叠', 'The times of pictures overlap', ENCODER),
  text_time_stamp: fault('ETSI EN 300 472, EN 300 743', '字幕的时间标记不可用', 'Time stamps of subtitles cannot be used', ENCODER),

  // pictures and sound
  no_parameter_sets: fault('ISO/IEC 14496-10 7.4.1.2.1', '还没有参数集，画面无法解码', 'There are no parameter sets yet, so pictures cannot be decoded', PARAMETER_SETS),
  undecodable_leading_picture: fault('ISO/IEC 23008-2 8.3', '接入点之前的画面无法解码', 'Pictures before the access point cannot be decoded', PARAMETER_SETS),
  no_access_unit: fault('ISO/IEC 13818-1 Table 2-34', '流中没有其 stream_type 所说的内容', 'Nothing in the stream is what its stream_type says', ENCODER),
  picture_without_reference: fault('ISO/IEC 14496-10 8.2.5.2', '画面缺少参考帧，被略去', 'A picture was left out, as one that it refers to is missing', NETWORK),
  parameter_set_error: fault(AVC_HEVC, '参数集有误', 'A parameter set is wrong', ENCODER),
  video_header_error: fault('ISO/IEC 13818-2', '视频头有误', 'A header of the video is wrong', ENCODER),
  damaged_access_unit: fault(LOST, '一帧画面或声音损坏，被略去', 'A picture or a frame of sound is damaged, and was left out', NETWORK),
  untimed_access_unit: fault(LOST, '一帧画面或声音没有时间，被略去', 'A picture or a frame of sound has no time, and was left out', NETWORK),
  oversized_access_unit: fault(AVC_HEVC, '一帧画面过大，被略去', 'A picture is too large, and was left out', ENCODER),
  audio_frame_error: fault(LOST, '声音帧损坏', 'A frame of sound is damaged', NETWORK),
  audio_sync_lost: fault(LOST, '失去声音帧的同步', 'The sync of the sound’s frames is lost', NETWORK),
  undecodable_picture: fault(AVC_HEVC, '画面无法解码，未能转码', 'A picture could not be decoded for the extra track', ENCODER),
  undecodable_sound: fault(SOUND, '声音无法解码，未能转码', 'Sound could not be decoded for the extra track', ENCODER),
  picture_not_decoded: fault(AVC_HEVC, '监看时画面无法解码', 'A picture could not be decoded to be looked at', ENCODER),
  sound_not_decoded: fault(SOUND, '监看时声音无法解码', 'Sound could not be decoded to be listened to', ENCODER),
  video_lost: fault(NO_RULE, '没有视频了，声音继续', 'There is no video any longer; sound goes on', ENCODER),
  picture_black: fault(NO_RULE, '黑场', 'The picture is black', text('检查演播室与编码器输入', 'Look at the studio and the encoder’s input')),
  picture_freeze: fault(NO_RULE, '静帧', 'The picture is frozen', text('检查编码器输入', 'Look at the encoder’s input')),
  silence: fault(NO_RULE, '没有声音', 'There is no sound', text('检查音频输入与路由', 'Look at the audio input and its routing')),

  // subtitles
  teletext_data_identifier: fault('ETSI EN 300 472', '图文电视数据标识有误', 'The data_identifier of teletext is wrong', ENCODER),
  teletext_data_unit: fault('ETSI EN 300 472', '图文电视数据单元有误', 'A data unit of teletext is wrong', NETWORK),
  teletext_hamming_error: fault('ETSI EN 300 706', '图文电视有无法纠正的错误', 'Teletext has errors that cannot be corrected', NETWORK),
  teletext_loss: fault('ETSI EN 300 472', '图文电视有数据丢失', 'Some of the teletext is missing', NETWORK),
  dvb_subtitle_data_identifier: fault('ETSI EN 300 743', 'DVB 字幕数据标识有误', 'The data_identifier of DVB subtitles is wrong', ENCODER),
  dvb_subtitle_segment_error: fault('ETSI EN 300 743', 'DVB 字幕段有误', 'A segment of DVB subtitles is wrong', NETWORK),
  dvb_subtitle_loss: fault('ETSI EN 300 743', 'DVB 字幕有数据丢失', 'Some of the DVB subtitles is missing', NETWORK),

  // subtitles that are read (the extra `ocr`)
  subtitle_language_not_read: fault(READ, '字幕的语种无法识别：缺少数据', 'Subtitles of a language are not read: its data are missing', text('安装该语种的 Tesseract 数据', 'Install Tesseract’s data of the language')),
  subtitle_read_late: fault(READ, '字幕识别过晚', 'Subtitles were read too late', READER),
  subtitle_reader_busy: fault(READ, '等待识别的字幕过多，有字幕未识别', 'Too many subtitles wait to be read; some were not', READER),
  subtitle_reader_ended: fault(READ, '字幕识别进程异常结束，已重新启动', 'The process that reads subtitles ended, and was begun anew', READER),
  subtitle_unreadable: fault(READ, '字幕图像无法识别', 'A picture of subtitles could not be read', ENCODER),

  // cues
  splice_info_error: fault('SCTE 35 9.6', '插播信息有误', 'A cue is wrong', text('检查插播信息的发生器', 'Look at what inserts the cues')),
  splice_inside_segment: fault('SCTE 35, SCTE 67', '插播点没有随机接入点', 'There is no random access point at a cue', text('让编码器在插播点插入 IDR', 'Have the encoder insert an IDR there')),

  // sources
  source_error: fault(NO_RULE, '信源出错，节点会再次打开', 'The source fails; it is opened again', text('检查信源地址、权限与对端是否在运行', 'Look at the source’s address and rights, and whether the other end runs')),
  source_ended: fault(NO_RULE, '信源已结束，节点会再次打开', 'The source has ended; it is opened again', text('查看对端为何结束连接', 'See why the other end closed it')),
  source_switched: fault(NO_RULE, '换用了另一个信源', 'Another source is used now', text('查看原来的信源为何被放弃', 'See why the source before was left')),
  standby_error: fault(NO_RULE, '备用源不可用', 'A spare source fails', text('在需要它之前修复', 'Mend it before it is needed')),
  socket_overflow: fault(NO_RULE, '节点来不及接收', 'The node is too slow to receive', text('增大 net.core.rmem_max，或减少频道', 'Raise net.core.rmem_max, or give it fewer channels')),
  rtp_in_udp: fault('RFC 2250', '信源是 RTP', 'The source is RTP', text('配置中写 rtp://', 'Write rtp:// in the config')),
  rtp_lost: fault('RFC 3550', 'RTP 包丢失', 'RTP packets are missing', NETWORK),
  rtp_late: fault('RFC 3550', 'RTP 包迟到', 'RTP packets came too late', NETWORK),
  rtp_duplicate: fault('RFC 3550', 'RTP 包重复', 'RTP packets came twice', NETWORK),
  rtp_malformed: fault('RFC 2250', '不是 RTP', 'What comes is no RTP', NOT_TS),
  rtp_not_ts: fault('RFC 2250', 'RTP 中不是 TS', 'The RTP does not carry a transport stream', NOT_TS),
  rtp_restarted: fault('RFC 3550', '发送端重新开始', 'The sender began anew', text('查看其为何重启', 'See why')),
  rtp_leg_lost: fault(ST_2022_7, '合并的一路有包丢失', 'Packets are missing on one of the merged paths', NETWORK),
  rtp_leg_late: fault(ST_2022_7, '合并的一路迟到过多', 'One of the merged paths is too late', NETWORK),
  rtp_leg_silent: fault(ST_2022_7, '合并的一路没有数据', 'One of the merged paths is silent', NETWORK),
  rtp_leg_apart: fault(ST_2022_7, '合并的两路不是同一个流', 'The merged paths do not carry one stream', text('两路须由同一发送端复制', 'Both must be copies of one sender’s packets')),
  rtp_leg_error: fault(ST_2022_7, '合并的一路出错，冗余已失去', 'One of the merged paths fails; there is no redundancy left', NETWORK),
  hls_playlist_error: fault('RFC 8216 4', '上游的播放列表不可用', 'The upstream’s playlist cannot be used', text('检查上游的播放列表是否可读、是否更新', 'See whether it can be read, and whether it goes on')),
  hls_restarted: fault('RFC 8216 6.2.1', '上游的号码重新开始', 'The upstream’s numbers began anew', text('检查上游是否重启', 'See whether it was restarted')),
  hls_segment_missing: fault('RFC 8216 6.2.2', '上游列出的分片取不到、解不开或已损坏', 'A segment that the upstream lists could not be had, decrypted or read', text('检查上游、其缓存与密钥', 'Look at the upstream, its caches and its keys')),
  hls_sound_late: fault('RFC 8216 4.3.4.1', '上游另列的声音没有跟上画面', 'Sound that the upstream lists apart has not come with its pictures', text('检查上游的声音列表', 'Look at the upstream’s playlist of sound')),
  hls_without_sound: fault('RFC 8216 4.3.4.1', '上游的声音无法取用', 'The upstream’s sound cannot be taken', text('选用带声音的变体', 'Have a variant with sound')),

  // this node
  send_overflow: fault(NO_RULE, '输出来不及发送', 'An output cannot send so fast', text('检查网卡与出口带宽', 'Look at the interface and its bandwidth')),
  output_error: fault(NO_RULE, '输出不可用', 'An output fails', text('检查 output 的组播地址与网卡', 'Look at the output’s group and interface')),
  state_not_saved: fault(NO_RULE, '状态未能保存', 'The state could not be saved', text('检查 state_dir 的磁盘空间与权限', 'Look at room and rights of state_dir’s disk')),
  internal_error: fault(NO_RULE, '程序内部错误，频道会重新开始', 'An error inside the program; the channel begins anew', REPORT),
}
