/** A stroke of a finger over the picture, and where it went. */

export type Swipe = 'up' | 'down' | 'left' | 'right'

export interface Touch {
  readonly x: number
  readonly y: number
  readonly atMs: number
}

const SHORTEST_PX = 48
const LONGEST_MS = 900
/** So much further along one axis than along the other, else it is neither. */
const STRAIGHT = 1.5

export function swipeOf(from: Touch, to: Touch): Swipe | null {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const [across, along] = [Math.abs(dx), Math.abs(dy)]
  if (to.atMs - from.atMs > LONGEST_MS || Math.max(across, along) < SHORTEST_PX) return null
  if (along >= STRAIGHT * across) return dy < 0 ? 'up' : 'down'
  if (across >= STRAIGHT * along) return dx < 0 ? 'left' : 'right'
  return null
}
