import type { Role } from './session.svelte'

/** The catalogue's words for roles. */
export const ROLE_WORDS = { viewer: 'roleViewer', operator: 'roleOperator', admin: 'roleAdmin' } as const satisfies Record<Role, string>
