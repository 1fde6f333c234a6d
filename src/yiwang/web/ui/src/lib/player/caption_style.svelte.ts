/** How a viewer wants captions to look; what is `sent` is left as the channel has it. Kept in this browser. */

import { recallRecord, rememberRecord } from '../remembered'

export const CAPTION_SIZES = ['sent', 'small', 'large', 'huge'] as const
export const CAPTION_COLOURS = ['sent', 'white', 'yellow', 'green', 'cyan'] as const
export const CAPTION_GROUNDS = ['sent', 'none', 'dim', 'black'] as const

export interface CaptionStyle {
  readonly size: (typeof CAPTION_SIZES)[number]
  readonly colour: (typeof CAPTION_COLOURS)[number]
  readonly ground: (typeof CAPTION_GROUNDS)[number]
}

export const CAPTION_SCALE: Readonly<Record<CaptionStyle['size'], number>> = { sent: 1, small: 0.75, large: 1.35, huge: 1.8 }

export class CaptionPreferences {
  style: CaptionStyle = $state.raw(recallRecord('captions', styleOf))

  change(part: Partial<CaptionStyle>): void {
    this.style = { ...this.style, ...part }
    rememberRecord('captions', this.style)
  }
}

function styleOf(value: unknown): CaptionStyle {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  return {
    size: CAPTION_SIZES.find((one) => one === said['size']) ?? 'sent',
    colour: CAPTION_COLOURS.find((one) => one === said['colour']) ?? 'sent',
    ground: CAPTION_GROUNDS.find((one) => one === said['ground']) ?? 'sent',
  }
}
