/** A text in pieces, those that were looked for apart. */

export interface Piece {
  readonly text: string
  readonly hit: boolean
}

/** `spans` are [from, to) in characters as Python counts them; a longer text is cut around the first of them. */
export function marked(text: string, spans: readonly (readonly [number, number])[], longest = Infinity): Piece[] {
  const letters = [...text] // code points, not UTF-16 units
  const begin = letters.length > longest ? Math.max(0, (spans[0]?.[0] ?? 0) - Math.floor(longest / 4)) : 0
  const end = Math.min(letters.length, begin + longest)
  const pieces: Piece[] = []
  const add = (from: number, to: number, hit: boolean) => {
    const part = letters.slice(Math.max(begin, from), Math.min(end, to)).join('')
    if (part !== '') pieces.push({ text: part, hit })
  }
  let at = begin
  for (const [from, to] of spans) {
    add(at, from, false)
    add(from, to, true)
    at = Math.max(at, to)
  }
  add(at, end, false)
  if (begin > 0) pieces.unshift({ text: '…', hit: false })
  if (end < letters.length) pieces.push({ text: '…', hit: false })
  return pieces
}
