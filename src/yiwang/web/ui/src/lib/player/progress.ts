/** Tells for how long a picture has stood still although it should run. */

export class ProgressWatch {
  #mediaTimeS = -1
  #sinceMs = 0

  /** Start afresh: a new channel has until now not moved. */
  reset(nowMs: number): void {
    this.#mediaTimeS = -1
    this.#sinceMs = nowMs
  }

  /** Milliseconds since the media time last moved; 0 while paused. */
  observe(nowMs: number, mediaTimeS: number, paused: boolean): number {
    if (paused || mediaTimeS !== this.#mediaTimeS) {
      this.#mediaTimeS = mediaTimeS
      this.#sinceMs = nowMs
    }
    return nowMs - this.#sinceMs
  }
}
