/** Services likely to be next, their manifests already read and kept up to date. */

import type shaka from 'shaka-player/dist/shaka-player.compiled-es2021.js'

type Preloader = Pick<shaka.Player, 'preload'>

export class Neighbours {
  readonly #player: Preloader
  readonly #ready = new Map<string, Promise<shaka.media.PreloadManager | null>>()

  constructor(player: Preloader) {
    this.#player = player
  }

  /** Prepare exactly these manifests and drop all others. */
  keep(uris: readonly string[]): void {
    for (const uri of [...this.#ready.keys()]) if (!uris.includes(uri)) this.#drop(uri)
    for (const uri of uris) {
      if (!this.#ready.has(uri)) this.#prepare(uri)
    }
  }

  /** Hand over a prepared manifest, or null. Whoever takes it owns it. */
  async take(uri: string): Promise<shaka.media.PreloadManager | null> {
    const prepared = this.#ready.get(uri)
    this.#ready.delete(uri)
    return (await prepared) ?? null
  }

  #prepare(uri: string): void {
    const prepared = this.#player.preload(uri).catch(() => null)
    this.#ready.set(uri, prepared)
    // what cannot be had now is nobody's fault, and is asked for anew by whoever needs it
    prepared
      .then((manager) => manager?.waitForFinish())
      .catch(() => this.#ready.get(uri) === prepared && this.#ready.delete(uri))
  }

  #drop(uri: string): void {
    void this.#ready.get(uri)?.then((manager) => manager?.destroy())
    this.#ready.delete(uri)
  }
}
