/**
 * What a new viewer sees first, in one small file of its own: the list of channels, asked for and drawn while the page's
 * script is on its way. Who has watched a channel here gets the page itself: the picture's bar then decides where its list is.
 */

import type { Network } from './lib/api/types'
import { ask } from './lib/first/begun'
import { EARLY, earlyList } from './lib/first/early_list'
import { preferredLanguage } from './lib/i18n/preferred'
import { recall } from './lib/remembered'

const isNew = /^(#\/?)?$/.test(location.hash) && recall('channel') === null

function draw(network: Network): void {
  if (!isNew || network.services.length === 0 || document.querySelector(`[data-service], #${EARLY}`)) return
  document.body.append(earlyList(network, preferredLanguage(recall('language'), navigator.languages), Date.now()))
}

const asked = ask<Network>('/api/network')
window.__yiwangFirst = asked
void asked.then((answer) => answer && document.body && draw(answer.value))
