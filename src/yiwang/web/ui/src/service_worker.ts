/**
 * Keeps the web TV's files and the last list of channels: the page opens at once, and where there is no network it still
 * opens and can say so. A version of the pages is kept whole or not at all, and a newer one takes over at once; the page
 * that is open then decides when it is read again (lib/offline/renewal).
 */

import { keptAs, LIST } from './lib/offline/kept'

/** What this scope has of a service worker's; the compiler knows either its types or those of pages. */
interface WorkerEvent extends Event {
  waitUntil(work: Promise<unknown>): void
}
interface FetchEvent extends WorkerEvent {
  readonly request: Request
  readonly clientId: string
  respondWith(answer: Promise<Response>): void
}
interface Worker {
  readonly clients: { claim(): Promise<void>; get(id: string): Promise<{ readonly url: string } | undefined> }
  skipWaiting(): Promise<void>
  addEventListener(name: 'install' | 'activate', act: (event: WorkerEvent) => void): void
  addEventListener(name: 'fetch', act: (event: FetchEvent) => void): void
}

/** The build writes here which files these are. */
declare const __SHELL__: { readonly version: string; readonly files: readonly string[] }

const worker = self as unknown as Worker
const shell = __SHELL__
const files: ReadonlySet<string> = new Set(shell.files)
const SHELLS = 'yiwang-shell-'
const SHELL = SHELLS + shell.version
const LISTS = 'yiwang-list'
const LOOSELY = { ignoreSearch: true, ignoreVary: true }

worker.addEventListener('install', (event) => event.waitUntil(keepShell()))
worker.addEventListener('activate', (event) => event.waitUntil(takeOver()))
worker.addEventListener('fetch', (event) => {
  const { request } = event
  const kept = keptAs(request, location.origin, files)
  if (kept === 'page') event.respondWith(shellOr(request, '/'))
  else if (kept === 'file') event.respondWith(shellOr(request, request.url))
  else if (kept === 'list') event.respondWith(list(event))
})

async function keepShell(): Promise<void> {
  const cache = await caches.open(SHELL)
  // names with a hash are kept by the browser already; all others may be of another version
  await cache.addAll(shell.files.map((path) => new Request(path, path.startsWith('/assets/') ? {} : { cache: 'reload' })))
  const answer = await fetch(LIST).catch(() => null)
  if (answer?.ok) await keepList(answer)
  await worker.skipWaiting()
}

async function takeOver(): Promise<void> {
  const names = await caches.keys()
  await Promise.all(names.filter((name) => name.startsWith(SHELLS) && name !== SHELL).map((name) => caches.delete(name)))
  await worker.clients.claim()
}

async function shellOr(request: Request, path: string): Promise<Response> {
  const cache = await caches.open(SHELL)
  return (await cache.match(path, LOOSELY)) ?? fetch(request)
}

async function keepList(answer: Response): Promise<void> {
  await (await caches.open(LISTS)).put(LIST, answer)
}

/** For the web TV, the list as it was told last, at once: its stream of events goes on from there. Others have it as it is. */
async function list(event: FetchEvent): Promise<Response> {
  const [client, cache] = await Promise.all([worker.clients.get(event.clientId), caches.open(LISTS)])
  const kept = client && new URL(client.url).pathname === '/' ? await cache.match(LIST, LOOSELY) : undefined
  const asked = fetch(event.request).then(async (answer) => {
    if (answer.ok) await keepList(answer.clone())
    return answer
  })
  if (!kept) return asked
  event.waitUntil(asked.catch(() => undefined))
  return kept
}
