/** Who is signed in at this browser, and requests that only they may make. */

import { type Clause, sentence } from '../console/said'
import { language } from '../i18n/language.svelte'

export const ROLES = ['viewer', 'operator', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** What the node says against a request, in English, and its clauses; ``status`` is HTTP's. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly said: readonly Clause[] = [],
  ) {
    super(message)
  }
}

/** The header that only a page of the node's own can set. */
const OWN_PAGE = { 'X-Yiwang-Console': '1' }

export async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? OWN_PAGE : { ...OWN_PAGE, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const said: unknown = text === '' ? null : JSON.parse(text)
  if (answer.ok) return said as T
  throw refusalOf(answer.status, said)
}

export function refusalOf(status: number, said: unknown): Refused {
  return new Refused(status, detailOf(said) ?? `HTTP ${status}`, clausesOf(said))
}

function clausesOf(answer: unknown): readonly Clause[] {
  return answer && typeof answer === 'object' && 'said' in answer ? (answer.said as readonly Clause[]) : []
}

/** Why something was not done, in the viewer's language where that is known. */
export function reasonOf(error: unknown): string {
  if (error instanceof Refused) return sentence(error.said, error.message, language()).text
  return error instanceof Error ? error.message : String(error)
}

function detailOf(said: unknown): string | null {
  if (!said || typeof said !== 'object' || !('detail' in said)) return null
  if (typeof said.detail === 'string') return said.detail
  return Array.isArray(said.detail) ? said.detail.map((one: { msg?: string }) => one.msg ?? '').join('; ') : null
}

interface Known {
  readonly name: string | null
  readonly role: Role | null
}

class Session {
  name: string | null = $state(null)
  role: Role | null = $state(null)
  isKnown = $state(false)

  async look(): Promise<void> {
    this.#take(await ask<Known>('GET', '/api/session'))
  }

  async signIn(name: string, password: string): Promise<void> {
    this.#take(await ask<Known>('POST', '/api/session', { name, password }))
  }

  async signOut(): Promise<void> {
    await ask('DELETE', '/api/session')
    this.#take({ name: null, role: null })
  }

  may(role: Role): boolean {
    return this.role !== null && ROLES.indexOf(this.role) >= ROLES.indexOf(role)
  }

  #take({ name, role }: Known): void {
    this.name = name
    this.role = role
    this.isKnown = true
  }
}

export const session = new Session()
