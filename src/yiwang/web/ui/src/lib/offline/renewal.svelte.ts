/**
 * Has the browser keep these pages, where it can (HTTPS, or this machine), and tells when a newer version of them is kept.
 * A page that is open goes on as it is: it has read all its parts.
 */

export class Renewal {
  /** A newer version is kept: the page is it when it is read again. */
  isReady: boolean = $state(false)

  #registration: ServiceWorkerRegistration | undefined

  /** Begin; the returned function ends it. */
  start(): () => void {
    const container = navigator.serviceWorker as ServiceWorkerContainer | undefined // the types know no plain HTTP
    if (!container) return () => {}
    let isKept = container.controller !== null
    const taken = () => {
      this.isReady = isKept // the first one is the version that is open
      isKept = true
    }
    container.addEventListener('controllerchange', taken)
    container.register('/sw.js').then(
      (registration) => (this.#registration = registration),
      () => undefined, // the pages work without
    )
    return () => container.removeEventListener('controllerchange', taken)
  }

  /** Ask the node whether it has a newer version. */
  look(): void {
    void this.#registration?.update().catch(() => undefined)
  }
}
