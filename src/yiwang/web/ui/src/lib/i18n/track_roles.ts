/** What tracks are for, by DASH's roles (urn:mpeg:dash:role:2011) and HLS' characteristics; the main ones need no word. */

import type { PlainTextKey } from './catalogue'

export const TRACK_ROLES: Readonly<Record<string, PlainTextKey>> = {
  commentary: 'roleCommentary',
  description: 'roleDescription',
  alternate: 'roleAlternate',
  dub: 'roleDub',
  caption: 'roleHardOfHearing',
  'public.accessibility.transcribes-spoken-dialog': 'roleHardOfHearing',
}
