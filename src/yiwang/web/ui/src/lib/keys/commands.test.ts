import { describe, expect, it } from 'vitest'

import { commandOf, type KeyPress } from './commands'

function press(key: string, held: Partial<KeyPress> = {}) {
  return commandOf({ key, ctrlKey: false, altKey: false, metaKey: false, ...held })
}

describe('keys', () => {
  it('go down the list with ArrowDown, PageDown and ChannelUp, and up with their opposites', () => {
    for (const key of ['ArrowDown', 'PageDown', 'ChannelUp']) expect(press(key)).toEqual({ kind: 'zap', step: 1 })
    for (const key of ['ArrowUp', 'PageUp', 'ChannelDown']) expect(press(key)).toEqual({ kind: 'zap', step: -1 })
  })

  it('name all ten digits', () => {
    for (let digit = 0; digit < 10; digit += 1) expect(press(String(digit))).toEqual({ kind: 'digit', digit })
  })

  it.each([
    ['Backspace', 'previous-channel'],
    ['r', 'previous-channel'],
    ['f', 'full-screen'],
    ['F', 'full-screen'],
    ['m', 'mute'],
    [' ', 'pause'],
    ['i', 'info'],
    ['Enter', 'confirm'],
    ['Escape', 'back'],
  ])('%s means %s', (key, kind) => expect(press(key)).toEqual({ kind }))

  it('with Ctrl, Alt or Meta belong to the browser', () => {
    for (const held of ['ctrlKey', 'altKey', 'metaKey']) expect(press('r', { [held]: true })).toBeNull()
  })

  it('that mean nothing here are left alone', () => {
    for (const key of ['a', 'Tab', 'F5', 'toString', '١']) expect(press(key)).toBeNull()
  })
})
