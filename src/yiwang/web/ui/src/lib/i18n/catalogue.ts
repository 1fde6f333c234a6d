/** Texts of the web TV, and those that all pages share, in both languages. A text that is missing in one is a type error. */

export const LANGUAGES = ['zh', 'en'] as const
export type Language = (typeof LANGUAGES)[number]
export type Texts = Readonly<Record<Language, string>>

export const CATALOGUE = {
  // channels
  channels: { zh: '频道', en: 'Channels' },
  channelList: { zh: '频道列表', en: 'Channel list' },
  channelUp: { zh: '上一个频道', en: 'Channel above' },
  channelDown: { zh: '下一个频道', en: 'Channel below' },
  nowWatching: { zh: '正在观看 {number} {name}', en: 'Now watching {number} {name}' },
  noSuchChannel: { zh: '没有这个频道', en: 'No such channel' },
  chooseChannel: { zh: '请选择频道', en: 'Choose a channel' },
  chooseChannelTouch: { zh: '点击列表中的频道', en: 'Tap one in the list' },
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

  // guide
  pages: { zh: '页面', en: 'Pages' },
  guide: { zh: '节目单', en: 'Guide' },
  guideGrid: { zh: '频道与时间', en: 'Channels by time' },
  guideHint: {
    zh: '方向键移动 · 确定键查看节目，长按打开菜单 · 翻页键翻页 · Home 回到现在 · 返回键退出',
    en: 'Arrows move · Enter opens, held: a menu · Page keys turn pages · Home is now · Back leaves',
  },
  guideFailed: { zh: '节目单读取失败，正在重试', en: 'The guide cannot be read. Trying again' },
  guideEmpty: { zh: '这里没有频道', en: 'No channels here' },
  guideNoFavourites: { zh: '还没有收藏频道；在节目页按“收藏频道”', en: 'No favourites yet. Add a channel on the page of one of its programmes' },
  nothingKnown: { zh: '暂无节目信息', en: 'Nothing is known' },
  reading: { zh: '正在读取', en: 'Reading' },
  today: { zh: '今天', en: 'Today' },
  tomorrow: { zh: '明天', en: 'Tomorrow' },
  yesterday: { zh: '昨天', en: 'Yesterday' },
  chooseDay: { zh: '日期', en: 'Day' },
  channelsShown: { zh: '显示频道', en: 'Channels shown' },
  allChannels: { zh: '全部频道', en: 'All channels' },
  subject: { zh: '类型', en: 'Genre' },
  allSubjects: { zh: '全部类型', en: 'All genres' },
  subjectMovie: { zh: '影视剧', en: 'Film and drama' },
  subjectNews: { zh: '新闻', en: 'News' },
  subjectShow: { zh: '综艺', en: 'Shows' },
  subjectSports: { zh: '体育', en: 'Sports' },
  subjectChildren: { zh: '少儿', en: 'Children' },
  subjectMusic: { zh: '音乐', en: 'Music' },
  subjectArts: { zh: '文化艺术', en: 'Arts' },
  subjectSociety: { zh: '社会', en: 'Society' },
  subjectEducation: { zh: '纪实科教', en: 'Factual' },
  subjectLeisure: { zh: '生活', en: 'Leisure' },
  subjectSpecial: { zh: '特别节目', en: 'Special' },
  back: { zh: '返回', en: 'Back' },

  // a programme
  programmePage: { zh: '节目详情', en: 'Programme' },
  watchNow: { zh: '立即观看', en: 'Watch now' },
  watchChannel: { zh: '观看频道', en: 'Watch the channel' },
  notHere: { zh: '本节点不播出该频道', en: 'This node does not play this channel' },
  onAirNow: { zh: '正在播出', en: 'On now' },
  remindMe: { zh: '开播提醒', en: 'Remind me' },
  dontRemind: { zh: '取消提醒', en: 'Do not remind me' },
  addFavourite: { zh: '收藏频道', en: 'Add to favourites' },
  removeFavourite: { zh: '取消收藏', en: 'Remove from favourites' },
  showInGuide: { zh: '在节目单中查看', en: 'Show in the guide' },
  minutesLong: { zh: '{minutes} 分钟', en: '{minutes} min' },
  seasonOf: { zh: '第 {season} 季', en: 'Season {season}' },
  episodeNumber: { zh: '第 {number} 集', en: 'Episode {number}' },
  episodeOf: { zh: '第 {number} 集，共 {of} 集', en: 'Episode {number} of {of}' },
  ageFrom: { zh: '{age} 岁以上', en: 'From {age}' },
  flagNew: { zh: '新', en: 'New' },
  flagPremiere: { zh: '首播', en: 'Premiere' },
  flagRepeat: { zh: '重播', en: 'Repeat' },
  flagLive: { zh: '直播', en: 'Live' },
  subtitled: { zh: '有字幕', en: 'Subtitles' },
  people: { zh: '演职人员', en: 'People' },
  jobDirector: { zh: '导演', en: 'Director' },
  jobActor: { zh: '演员', en: 'Cast' },
  jobWriter: { zh: '编剧', en: 'Writer' },
  jobProducer: { zh: '制片', en: 'Producer' },
  jobComposer: { zh: '作曲', en: 'Music' },
  jobEditor: { zh: '剪辑', en: 'Editor' },
  jobPresenter: { zh: '主持', en: 'Presenter' },
  jobCommentator: { zh: '解说', en: 'Commentator' },
  jobGuest: { zh: '嘉宾', en: 'Guest' },
  repeats: { zh: '其他播出时间', en: 'Also on' },
  related: { zh: '相关节目', en: 'More with its people' },
  noDescription: { zh: '没有节目介绍', en: 'There is no description' },
  programmeGone: { zh: '节目单中没有这个节目', en: 'The guide has no such programme' },
  programmeFailed: { zh: '节目信息读取失败', en: 'The programme cannot be read' },

  // search
  search: { zh: '搜索', en: 'Search' },
  searchWhat: { zh: '频道、节目、人名', en: 'Channels, programmes, people' },
  searchHint: { zh: '可以输入汉字、拼音或首字母', en: 'Chinese characters, pinyin, their initials, or English' },
  searchAll: { zh: '全部', en: 'All' },
  searchProgrammes: { zh: '节目', en: 'Programmes' },
  searchNothing: { zh: '没有找到“{text}”', en: 'Nothing was found for “{text}”' },
  searchFailed: { zh: '搜索失败，请检查网络连接', en: 'The search failed. Check your network' },
  searchFound: { zh: '找到 {total} 项', en: '{total} found' },
  otherShowings: { zh: '另有 {count} 次播出', en: '{count} more showings' },
  otherShowing: { zh: '另有 1 次播出', en: '1 more showing' },
  showingsLeftOut: { zh: '还有 {count} 次', en: 'and {count} more' },
  searchMore: { zh: '显示更多', en: 'Show more' },
  clear: { zh: '清除', en: 'Clear' },

  // mini-guide
  miniGuide: { zh: '频道速览', en: 'Now and next' },
  miniGuideHint: { zh: '↑↓ 选择 · 确定换台 · → 节目单 · ← 关闭', en: '↑↓ choose · Enter tunes · → guide · ← closes' },

  // of one's own
  mine: { zh: '我的电视', en: 'My TV' },
  mineHint: { zh: '收藏、提醒、观看进度和家长控制只保存在这个浏览器中', en: 'Favourites, reminders, where you left and parental control are kept in this browser only' },
  favourites: { zh: '收藏', en: 'Favourites' },
  noFavourites: { zh: '还没有收藏频道', en: 'No favourites yet' },
  goOn: { zh: '继续观看', en: 'Continue watching' },
  goOnAt: { zh: '从 {time} 继续', en: 'Continue at {time}' },
  goOnWith: { zh: '上次看到《{title}》{time} 处，要继续吗？', en: 'You left {title} at {time}. Go on from there?' },
  fromBeginning: { zh: '从头观看', en: 'Watch from the beginning' },
  programmeLocked: { zh: '此节目已锁定，输入密码可回看', en: 'This programme is locked. Enter the PIN to watch it' },
  reminders: { zh: '提醒', en: 'Reminders' },
  noReminders: { zh: '还没有提醒', en: 'No reminders yet' },
  remindersHint: { zh: '本页面打开时才会提醒', en: 'You are told while this page is open' },
  remove: { zh: '删除', en: 'Remove' },
  beginsNow: { zh: '{title} 即将在 {name} 播出', en: '{title} begins on {name}' },
  dismiss: { zh: '忽略', en: 'Dismiss' },
  parental: { zh: '家长控制', en: 'Parental control' },
  parentalHint: {
    zh: '密码只保存在这个浏览器中，能防止孩子无意中看到，但清除浏览器数据或换一个浏览器即可绕过。',
    en: 'The PIN lives in this browser. It keeps a child from stumbling on something; clearing the browser’s data or using another one gets around it.',
  },
  pin: { zh: '四位密码', en: 'PIN, four digits' },
  pinNew: { zh: '设置四位密码', en: 'Choose a PIN of four digits' },
  pinWrong: { zh: '密码不正确', en: 'That is not the PIN' },
  pinToChange: { zh: '输入密码后才能更改', en: 'Enter the PIN to change this' },
  pinRemove: { zh: '关闭家长控制', en: 'Turn parental control off' },
  lockFromAge: { zh: '锁定分级', en: 'Lock by age' },
  lockHours: { zh: '锁定时段', en: 'Lock by hour' },
  lockFrom: { zh: '开始', en: 'From' },
  lockTo: { zh: '结束', en: 'To' },
  never: { zh: '不锁定', en: 'Never' },
  ageAndAbove: { zh: '{age} 岁及以上', en: '{age} and above' },
  locked: { zh: '已锁定', en: 'Locked' },
  lockedByAge: { zh: '节目分级为 {age} 岁以上，输入密码观看到节目结束', en: 'Rated {age}. Enter the PIN to watch it to its end' },
  lockedUnknown: { zh: '节目单暂时读不到，无法得知节目分级，输入密码可观看一小时', en: 'The guide cannot say from what age it is. Enter the PIN to watch for an hour' },
  lockedByHours: { zh: '{time} 前不能观看，输入密码可观看一小时', en: 'Locked until {time}. Enter the PIN to watch for an hour' },

  // captions
  captionSize: { zh: '字幕大小', en: 'Caption size' },
  captionColour: { zh: '字幕颜色', en: 'Caption colour' },
  captionGround: { zh: '字幕背景', en: 'Caption background' },
  asSent: { zh: '按节目', en: 'As sent' },
  small: { zh: '小', en: 'Small' },
  large: { zh: '大', en: 'Large' },
  huge: { zh: '特大', en: 'Very large' },
  white: { zh: '白色', en: 'White' },
  yellow: { zh: '黄色', en: 'Yellow' },
  green: { zh: '绿色', en: 'Green' },
  cyan: { zh: '青色', en: 'Cyan' },
  groundNone: { zh: '无', en: 'None' },
  groundDim: { zh: '半透明', en: 'Dimmed' },
  groundBlack: { zh: '黑色', en: 'Black' },

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

  // ways back, and what could be played
  offline: { zh: '此设备没有网络', en: 'This device has no network' },
  offlineHint: { zh: '请检查 Wi-Fi 或网线；恢复后自动继续播放', en: 'Check its Wi-Fi or cable. Playback resumes by itself' },
  refused: { zh: '此处不能收看该频道', en: 'This channel may not be watched from here' },
  refusedHint: { zh: '您所在的地区或服务未开通该频道', en: 'It is not part of your region or service' },
  keptFrom: { zh: '该频道目前不在您所在的地区播出', en: 'This channel is not shown in your region now' },
  keptHint: { zh: '您所在的地区：{region}', en: 'You are in {region}' },
  keptHintUnknown: { zh: '无法确定您所在的地区', en: 'Your region is not known' },
  returnsAt: { zh: '{time} 自动恢复。', en: 'It returns by itself at {time}.' },
  playsInstead: { zh: '正在播放“{instead}”，代替“{name}”。', en: '{instead} plays in place of {name}. ' },
  stop: { zh: '。', en: '. ' },
  keptMark: { zh: '本地区不播', en: 'Not in your region' },
  myRegion: { zh: '我所在的地区', en: 'My region' },
  notSaid: { zh: '未选择', en: 'Not chosen' },
  otherChannel: { zh: '选择其他频道', en: 'Choose another channel' },
  playableHere: { zh: '可以播放', en: 'can be played' },
  notPlayableHere: { zh: '无法播放', en: 'cannot be played' },
  listenOnly: { zh: '只听声音', en: 'Listen to the sound' },
  soundAlone: { zh: '只有声音', en: 'Sound alone' },
  pageFailed: { zh: '页面读取失败，请检查网络连接', en: 'This page cannot be read. Check your network' },
  reload: { zh: '重新载入', en: 'Reload' },
  newVersion: { zh: '新版本已就绪', en: 'A new version is ready' },
  later: { zh: '稍后', en: 'Later' },

  // more to do with the picture
  speed: { zh: '播放速度', en: 'Speed' },
  speedNormal: { zh: '正常', en: 'Normal' },
  startOver: { zh: '从头观看', en: 'Start over' },
  cast: { zh: '投到附近的屏幕', en: 'Play on a screen nearby' },
  reports: { zh: '向播出节点报告播放质量', en: 'Report playback quality to the node' },
  reportsOn: { zh: '报告（不含任何身份）', en: 'Report (nothing says who you are)' },
  reportsOff: { zh: '不报告', en: 'Do not report' },

  // the menu of a channel or programme
  menu: { zh: '菜单', en: 'Menu' },
  showDetails: { zh: '节目详情', en: 'About the programme' },

  // keys on the screen
  screenKeyboard: { zh: '屏幕键盘', en: 'Keyboard on the screen' },
  keySpace: { zh: '空格', en: 'Space' },
  keyErase: { zh: '删除', en: 'Erase' },

  // keys
  keysHint: {
    zh: '↑↓ 换台 · 0–9 频道号 · 长按确定键 菜单 · ⌫ 上次频道 · ← → 速览 · G 节目单 · / 搜索 · 空格 暂停 · M 静音 · F 全屏 · P 画中画 · I 信息 · S 设置 · L 列表',
    en: '↑↓ zap · 0–9 number · hold Enter for a menu · ⌫ last channel · ← → now and next · G guide · / search · space pause · M mute · F full screen · P picture in picture · I info · S settings · L list',
  },

  connecting: { zh: '正在连接', en: 'Connecting' },
  all: { zh: '全部', en: 'All' },
  channel: { zh: '频道', en: 'Channel' },
  kindVideo: { zh: '视频', en: 'Video' },
  kindAudio: { zh: '音频', en: 'Audio' },
  details: { zh: '详情', en: 'Details' },
  reason: { zh: '原因', en: 'Reason' },
  notKnown: { zh: '—', en: '—' },
  switchLanguage: { zh: 'English', en: '中文' },

  // of all pages
  watchTv: { zh: '观看电视', en: 'Watch TV' },
  console: { zh: '控制台', en: 'Console' },
  apiTry: { zh: '打开', en: 'Open' },
} as const satisfies Record<string, Texts>

/** Names between braces in a text: `{seconds}`. */
type Placeholder<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholder<Rest>
  : never

/** What a text asks for; the texts of all languages together decide. */
export type Asked<Of extends Texts> = [Placeholder<Of[Language]>] extends [never]
  ? []
  : [Readonly<Record<Placeholder<Of[Language]>, string | number>>]

/** Keys of the texts that ask for nothing. */
export type PlainKey<Catalogue extends Record<string, Texts>> = {
  [Key in keyof Catalogue]: Asked<Catalogue[Key]> extends [] ? Key : never
}[keyof Catalogue]

export type PlainTextKey = PlainKey<typeof CATALOGUE>

/** The text with its placeholders filled in. */
export function filledIn<Of extends Texts>(texts: Of, language: Language, ...values: Asked<Of>): string {
  const given: Readonly<Record<string, string | number>> = values[0] ?? {}
  return texts[language].replace(/\{(\w+)\}/g, (_, name: string) => String(given[name] ?? ''))
}
