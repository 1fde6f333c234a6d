/** Every text of both pages, in both languages. A text that is missing in one language is a type error. */

export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

export const CATALOGUE = {
  // channels
  channels: { zh: '频道', en: 'Channels' },
  channelList: { zh: '频道列表', en: 'Channel list' },
  previousChannel: { zh: '上一次观看的频道', en: 'Last channel' },
  channelUp: { zh: '上一个频道', en: 'Channel above' },
  channelDown: { zh: '下一个频道', en: 'Channel below' },
  watching: { zh: '正在观看', en: 'Watching' },
  nowWatching: { zh: '正在观看 {number} {name}', en: 'Now watching {number} {name}' },
  noSuchChannel: { zh: '没有这个频道', en: 'No such channel' },
  chooseChannel: { zh: '请选择频道', en: 'Choose a channel' },
  chooseChannelHint: { zh: '点击频道，或按数字键与方向键', en: 'Click a channel, or use the digits and arrow keys' },
  noChannels: { zh: '网络中还没有频道', en: 'This network has no channels yet' },
  loadingNetwork: { zh: '正在读取频道列表', en: 'Reading the channel list' },

  programme: { zh: '节目号', en: 'Programme' },
  onNow: { zh: '正在播出', en: 'Now' },
  onNext: { zh: '接下来', en: 'Next' },
  application: { zh: '互动应用', en: 'Application' },

  // states of a service
  stateLive: { zh: '直播中', en: 'On air' },
  stateStarting: { zh: '启动中', en: 'Starting' },
  stateNoSignal: { zh: '无信号', en: 'No signal' },
  stateUnsupported: { zh: '不可播放', en: 'Not playable' },

  // playing
  play: { zh: '播放', en: 'Play' },
  pause: { zh: '暂停', en: 'Pause' },
  mute: { zh: '静音', en: 'Mute' },
  unmute: { zh: '取消静音', en: 'Unmute' },
  unmuteHint: { zh: '浏览器已静音，点击打开声音', en: 'Your browser muted this. Turn the sound on' },
  soundlessHint: { zh: '此浏览器无法播放声音（{codecs}）', en: 'This browser cannot play the sound ({codecs})' },
  volume: { zh: '音量', en: 'Volume' },
  fullScreen: { zh: '全屏', en: 'Full screen' },
  leaveFullScreen: { zh: '退出全屏', en: 'Leave full screen' },
  pictureInPicture: { zh: '画中画', en: 'Picture in picture' },
  information: { zh: '播放信息', en: 'Playback information' },
  controls: { zh: '播放控制', en: 'Controls' },
  settings: { zh: '播放设置', en: 'Playback settings' },
  close: { zh: '关闭', en: 'Close' },
  live: { zh: '直播', en: 'LIVE' },
  behindLive: { zh: '-{seconds} 秒', en: '-{seconds} s' },
  atLive: { zh: '正在直播点播放', en: 'Playing at the live edge' },
  goToLive: { zh: '落后直播 {seconds} 秒，回到直播', en: '{seconds} s behind live, go to live' },
  loading: { zh: '正在打开频道', en: 'Opening the channel' },
  video: { zh: '视频画面', en: 'Video' },

  // settings
  audio: { zh: '伴音', en: 'Audio' },
  subtitles: { zh: '字幕', en: 'Subtitles' },
  quality: { zh: '画质', en: 'Quality' },
  protocol: { zh: '传输协议', en: 'Protocol' },
  language: { zh: '语言', en: 'Language' },
  off: { zh: '关', en: 'Off' },
  automatic: { zh: '自动', en: 'Automatic' },
  automaticOf: { zh: '自动（{what}）', en: 'Automatic ({what})' },
  none: { zh: '本频道没有', en: 'None on this channel' },
  unknownLanguage: { zh: '未标明语言', en: 'Language not stated' },
  roleCommentary: { zh: '解说', en: 'Commentary' },
  roleDescription: { zh: '口述影像', en: 'Audio description' },
  roleAlternate: { zh: '备用', en: 'Alternate' },
  roleDub: { zh: '配音', en: 'Dubbed' },
  roleHardOfHearing: { zh: '听障', en: 'Hard of hearing' },
  channelsOfAudio: { zh: '{channels} 声道', en: '{channels} ch' },

  // information
  latency: { zh: '端到端时延', en: 'Latency' },
  buffer: { zh: '缓冲', en: 'Buffer' },
  picture: { zh: '画面', en: 'Picture' },
  codecs: { zh: '编码', en: 'Codecs' },
  bitRate: { zh: '码率', en: 'Bit rate' },
  frames: { zh: '帧', en: 'Frames' },
  framesOf: { zh: '已解码 {decoded}，丢弃 {dropped}', en: '{decoded} decoded, {dropped} dropped' },
  zapTime: { zh: '换台用时', en: 'Channel change' },
  playbackRate: { zh: '播放速度', en: 'Playback rate' },
  region: { zh: '区域', en: 'Region' },
  provider: { zh: '提供者', en: 'Provider' },

  // when nothing can be shown
  unreachable: { zh: '无法连接到播出节点', en: 'The node cannot be reached' },
  unreachableHint: { zh: '请检查网络连接；恢复后自动继续播放', en: 'Check your network. Playback resumes by itself' },
  gone: { zh: '该频道已不在网络中', en: 'This channel is no longer in the network' },
  goneHint: { zh: '请选择其他频道', en: 'Please choose another channel' },
  noSignal: { zh: '该频道暂无信号', en: 'This channel has no signal' },
  noSignalHint: { zh: '信号恢复后自动继续播放', en: 'It returns by itself as soon as the signal does' },
  starting: { zh: '频道正在启动', en: 'The channel is starting' },
  startingHint: { zh: '几秒钟后自动开始播放', en: 'It begins by itself in a few seconds' },
  codec: { zh: '本浏览器无法播放该频道', en: 'This browser cannot play this channel' },
  codecHint: { zh: '频道使用的编码：{codecs}', en: 'The channel is coded as {codecs}' },
  codecHintUnknown: { zh: '不支持该频道的编码', en: 'Its coding is not supported here' },
  retrying: { zh: '播放中断，正在重新连接', en: 'Playback was interrupted, reconnecting' },
  retryingHint: { zh: '将自动重试。{detail}', en: 'Trying again by itself. {detail}' },
  tryNow: { zh: '立即重试', en: 'Try now' },

  // keys
  keys: { zh: '按键', en: 'Keys' },
  keysHint: {
    zh: '↑↓ 换台 · 0–9 频道号 · ⌫ 上次频道 · 空格 暂停 · M 静音 · F 全屏 · P 画中画 · I 信息 · S 设置 · L 列表',
    en: '↑↓ zap · 0–9 number · ⌫ last channel · space pause · M mute · F full screen · P picture in picture · I info · S settings · L list',
  },

  // console
  console: { zh: '控制台', en: 'Console' },
  watchTv: { zh: '观看电视', en: 'Watch TV' },
  node: { zh: '节点', en: 'Node' },
  version: { zh: '版本', en: 'Version' },
  uptime: { zh: '运行时间', en: 'Uptime' },
  cpu: { zh: '处理器', en: 'CPU' },
  memory: { zh: '内存', en: 'Memory' },
  connected: { zh: '实时', en: 'Live' },
  connecting: { zh: '正在连接', en: 'Connecting' },
  connectionLost: { zh: '连接已断开，最后收到数据 {time}', en: 'Connection lost, last seen at {time}' },
  connectionLostNever: { zh: '无法连接到节点', en: 'The node cannot be reached' },
  reconnecting: { zh: '正在自动重连', en: 'Reconnecting by itself' },
  healthDown: { zh: '中断', en: 'Down' },
  healthFaulty: { zh: '有故障', en: 'Faulty' },
  healthStarting: { zh: '启动中', en: 'Starting' },
  healthUnplayable: { zh: '不可播放', en: 'Not playable' },
  healthGood: { zh: '正常', en: 'Good' },
  filterState: { zh: '按状态筛选', en: 'Filter by state' },
  filterRegion: { zh: '按区域筛选', en: 'Filter by region' },
  filterText: { zh: '搜索名称、编号、源地址', en: 'Search name, number, source' },
  allRegions: { zh: '全部区域', en: 'All regions' },
  all: { zh: '全部', en: 'All' },
  noMatch: { zh: '没有符合条件的频道', en: 'No channel matches' },
  clearFilter: { zh: '清除筛选', en: 'Clear the filter' },
  state: { zh: '状态', en: 'State' },
  channel: { zh: '频道', en: 'Channel' },
  inputBitRate: { zh: '输入码率', en: 'Input bit rate' },
  lastMinute: { zh: '最近一分钟：最低 {low}，最高 {high}', en: 'Last minute: lowest {low}, highest {high}' },
  continuityErrors: { zh: '连续计数错误', en: 'Continuity errors' },
  faults: { zh: '故障计数', en: 'Faults' },
  faultsInAll: { zh: '故障共 {count}', en: '{count} faults in all' },
  inLastMinute: { zh: '最近一分钟 +{count}', en: '+{count} in the last minute' },
  lastError: { zh: '最近错误', en: 'Last error' },
  segmentAge: { zh: '分片年龄', en: 'Segment age' },
  lastSegment: { zh: '最新分片', en: 'Last segment' },
  period: { zh: '时段', en: 'Period' },
  periodReason: { zh: '时段起因', en: 'Period began by' },
  window: { zh: '时移窗口', en: 'Window' },
  tracks: { zh: '轨道', en: 'Tracks' },
  track: { zh: '轨道', en: 'Track' },
  noTracks: { zh: '还没有轨道', en: 'No tracks yet' },
  notPackaged: { zh: '未封装', en: 'Not packaged' },
  kindVideo: { zh: '视频', en: 'Video' },
  kindAudio: { zh: '音频', en: 'Audio' },
  kindText: { zh: '字幕', en: 'Subtitles' },
  format: { zh: '格式', en: 'Format' },
  source: { zh: '输入源', en: 'Source' },
  sources: { zh: '输入源与切换', en: 'Sources' },
  switches: { zh: '已切换 {count} 次', en: '{count} switches' },
  sourceInUse: { zh: '使用中', en: 'In use' },
  sourceGood: { zh: '正常', en: 'Good' },
  sourceNotWatched: { zh: '备用，未接收', en: 'Spare, not received' },
  sourceErrors: { zh: '误码过多', en: 'Too many errors' },
  sourceScrambled: { zh: '被加扰', en: 'Scrambled' },
  sourceNoPicture: { zh: '没有音视频包', en: 'No picture or sound' },
  sourceNotPackaged: { zh: '无法封装', en: 'Cannot be packaged' },
  sourceNoTables: { zh: '没有 PAT 或 PMT', en: 'No PAT or PMT' },
  sourceSilent: { zh: '没有数据', en: 'Silent' },
  sourceError: { zh: '出错', en: 'Error' },
  sourceReturns: { zh: '已正常 {good}，满 {asked} 后切回', en: 'Good for {good}; used again after {asked}' },
  legAlive: { zh: '正常', en: 'Alive' },
  legSilent: { zh: '中断', en: 'Silent' },
  legCounts: {
    zh: '收到 {received}，丢失 {lost}，迟到 {late}，重复 {duplicate}，不同步 {apart}',
    en: '{received} packets, {lost} lost, {late} late, {duplicate} twice, {apart} apart',
  },
  pictureAndSound: { zh: '画面与声音', en: 'Picture and sound' },
  alarmBlack: { zh: '黑场', en: 'Black' },
  alarmFreeze: { zh: '静帧', en: 'Frozen' },
  alarmSilence: { zh: '静音', en: 'No sound' },
  lumaMean: { zh: '平均亮度', en: 'Mean luma' },
  soundLevel: { zh: '声音电平', en: 'Sound level' },
  requests: { zh: '请求数', en: 'Requests' },
  details: { zh: '详情', en: 'Details' },
  noFaults: { zh: '没有故障', en: 'No faults' },
  measurement: { zh: '码流测量 TR 101 290', en: 'Stream measurement, TR 101 290' },
  measuredFor: { zh: '已测量码流 {time}', en: '{time} of stream measured' },
  notMeasured: { zh: '没有 PCR，无法测量间隔', en: 'No PCR, so intervals are not measured' },
  priority: { zh: '第 {priority} 优先级', en: 'Priority {priority}' },
  indicator: { zh: '指标', en: 'Indicator' },
  count: { zh: '次数', en: 'Count' },
  pcrInterval: { zh: 'PCR 最大间隔', en: 'Longest PCR interval' },
  pcrAccuracy: { zh: '准确度', en: 'Accuracy' },
  pcrJitter: { zh: '抖动', en: 'Jitter' },
  bitRateByPid: { zh: '各 PID 码率', en: 'Bit rate by PID' },
  variableRate: { zh: '可变码率', en: 'variable rate' },
  indicatorTsSyncLoss: { zh: '同步丢失', en: 'TS sync loss' },
  indicatorSyncByte: { zh: '同步字节错误', en: 'Sync byte error' },
  indicatorPat: { zh: 'PAT 错误', en: 'PAT error' },
  indicatorContinuity: { zh: '连续计数错误', en: 'Continuity count error' },
  indicatorPmt: { zh: 'PMT 错误', en: 'PMT error' },
  indicatorPid: { zh: 'PID 错误', en: 'PID error' },
  indicatorTransport: { zh: '传输错误', en: 'Transport error' },
  indicatorCrc: { zh: 'CRC 错误', en: 'CRC error' },
  indicatorPcrRepetition: { zh: 'PCR 间隔错误', en: 'PCR repetition error' },
  indicatorPcrDiscontinuity: { zh: 'PCR 不连续指示错误', en: 'PCR discontinuity indicator error' },
  indicatorPcrAccuracy: { zh: 'PCR 准确度错误', en: 'PCR accuracy error' },
  indicatorPts: { zh: 'PTS 错误', en: 'PTS error' },
  indicatorCat: { zh: 'CAT 错误', en: 'CAT error' },
  noErrorsYet: { zh: '没有错误', en: 'No errors' },
  reason: { zh: '原因', en: 'Reason' },
  notKnown: { zh: '—', en: '—' },
  switchLanguage: { zh: 'English', en: '中文' },
  apiTitle: { zh: '接口', en: 'API' },
  apiLoading: { zh: '正在读取……', en: 'Loading…' },
  apiTry: { zh: '打开', en: 'Open' },
  apiRecords: { zh: '数据结构', en: 'Records' },
  apiFailed: { zh: '读取接口说明失败（{reason}）', en: 'The description could not be loaded ({reason}).' },
  apiAgain: { zh: '重试', en: 'Try again' },
} as const satisfies Record<string, Record<Language, string>>

export type TextKey = keyof typeof CATALOGUE

/** Names between braces in a text: `{seconds}`. */
type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never

/** Values a text asks for; the texts of all languages together decide. */
export type TextValues<Key extends TextKey> = Record<
  Placeholder<(typeof CATALOGUE)[Key][Language]>,
  string | number
>

/** Keys of the texts that ask for nothing. */
export type PlainTextKey = { [Key in TextKey]: keyof TextValues<Key> extends never ? Key : never }[TextKey]

/** The text with its placeholders filled in. */
export function textIn<Key extends TextKey>(
  language: Language,
  key: Key,
  ...values: keyof TextValues<Key> extends never ? [] : [TextValues<Key>]
): string {
  const given: Readonly<Record<string, string | number>> = values[0] ?? {}
  return CATALOGUE[key][language].replace(/\{(\w+)\}/g, (_, name: string) => String(given[name] ?? ''))
}
