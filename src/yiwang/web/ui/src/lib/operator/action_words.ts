/** What the audit log calls what was done. */

import type { LocalText } from '../api/types'

export const ACTION_WORDS: Readonly<Record<string, LocalText>> = {
  'sign in': { zh: '登录', en: 'signed in' },
  'sign-in refused': { zh: '登录被拒绝', en: 'sign-in refused' },
  'sign out': { zh: '退出登录', en: 'signed out' },
  'account added': { zh: '添加账号', en: 'account added' },
  'account removed': { zh: '删除账号', en: 'account removed' },
  'password changed': { zh: '修改密码', en: 'password changed' },
  'role changed': { zh: '更改角色', en: 'role changed' },
  'dry run': { zh: '试收', en: 'dry run' },
  'channel saved': { zh: '保存频道', en: 'channel saved' },
  'channel removed': { zh: '删除频道', en: 'channel removed' },
  'channel stopped': { zh: '停止频道', en: 'channel stopped' },
  'channel started': { zh: '启动频道', en: 'channel started' },
  'source chosen': { zh: '选择信源', en: 'source chosen' },
  'config reloaded': { zh: '重新读取配置', en: 'config reloaded' },
  decision: { zh: '作出决定', en: 'decision' },
  'decision withdrawn': { zh: '撤销决定', en: 'decision withdrawn' },
}
