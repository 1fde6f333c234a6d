/** Who decides, and by what right: who is signed in, else who has the node's operator token and says a name. */

import { refusalOf, session } from '../operator/session.svelte'

const KEY = 'yiwang.operator'
const OWN_PAGE = { 'X-Yiwang-Console': '1' } // the node asks for it (web/gate.py): no page of another origin can send it

class Operator {
  who = $state('')
  token = $state('')

  constructor() {
    try {
      const known: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')
      if (known && typeof known === 'object') {
        this.who = 'who' in known ? String(known.who) : ''
        this.token = 'token' in known ? String(known.token) : ''
      }
    } catch {
      // nobody is known yet
    }
  }

  get session(): typeof session {
    return session
  }

  get isSignedIn(): boolean {
    return session.may('operator')
  }

  get mayAct(): boolean {
    return this.isSignedIn || (this.who.trim() !== '' && this.token.trim() !== '')
  }

  /** Ask who is signed in. */
  async look(): Promise<void> {
    try {
      await session.look()
    } catch {
      // the pages say that the node is away
    }
  }

  /** Keep name and token as long as this tab is open. */
  remember(): void {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ who: this.who, token: this.token }))
    } catch {
      // it is asked for again
    }
  }

  /** Ask the node to change something; the error is what it says against it. */
  async send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
    const right: Record<string, string> = this.isSignedIn ? {} : { Authorization: `Bearer ${this.token.trim()}` }
    const answer = await fetch(path, {
      method,
      headers: { ...OWN_PAGE, ...right, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (answer.ok) return
    throw refusalOf(answer.status, await answer.json().catch(() => null))
  }
}

export const operator = new Operator()
