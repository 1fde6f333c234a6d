/**
 * A key that is held down comes thirty times a second, and a browser does what keys ask before it draws: a screen that is too slow
 * for that would stand still until the key is let go. So one is left out that comes before what the last one did has been drawn.
 */
export class OnceAFrame {
  #isDrawn = true

  /** Whether a key is left out; one that is pressed anew never is. */
  leavesOut(repeat: boolean): boolean {
    if (repeat && !this.#isDrawn) return true
    if (this.#isDrawn) {
      this.#isDrawn = false
      requestAnimationFrame(() => setTimeout(() => (this.#isDrawn = true))) // the task after the frame
    }
    return false
  }
}
