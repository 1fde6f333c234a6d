/** Who decides, and by what right: remembered as long as this tab is open. */

const KEY = 'yiwang.operator'

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

  get isKnown(): boolean {
    return this.who.trim() !== '' && this.token.trim() !== ''
  }

  remember(): void {
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ who: this.who, token: this.token }))
    } catch {
      // it is asked for again
    }
  }

  /** Ask the node to change something; the error is what it says against it. */
  async send(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<void> {
    const answer = await fetch(path, {
      method,
      headers: { Authorization: `Bearer ${this.token.trim()}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (answer.ok) return
    const said: unknown = await answer.json().catch(() => null)
    const detail = said && typeof said === 'object' && 'detail' in said ? said.detail : null
    throw new Error(typeof detail === 'string' ? detail : `HTTP ${answer.status}`)
  }
}

export const operator = new Operator()
