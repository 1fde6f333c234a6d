/** A channel number being typed digit by digit, as on a remote control. */

export const DIGIT_TIMEOUT_MS = 1_500
const LONGEST = 4

export class DigitEntry {
  /** What was typed so far; empty when nobody types. */
  digits = $state('')

  readonly #commit: (number: number) => void
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(commit: (number: number) => void) {
    this.#commit = commit
  }

  get number(): number | null {
    return this.digits === '' ? null : Number(this.digits)
  }

  press(digit: number): void {
    this.digits += String(digit)
    clearTimeout(this.#timer)
    if (this.digits.length >= LONGEST) this.commit()
    else this.#timer = setTimeout(() => this.commit(), DIGIT_TIMEOUT_MS)
  }

  /** Take back the last digit. */
  erase(): void {
    const rest = this.digits.slice(0, -1)
    this.cancel()
    if (rest === '') return
    this.digits = rest
    this.#timer = setTimeout(() => this.commit(), DIGIT_TIMEOUT_MS)
  }

  commit(): void {
    const number = this.number
    this.cancel()
    if (number !== null) this.#commit(number)
  }

  cancel(): void {
    clearTimeout(this.#timer)
    this.digits = ''
  }
}
