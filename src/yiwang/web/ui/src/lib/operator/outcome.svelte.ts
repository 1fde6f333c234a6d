/** What came of the last action, for the line under a form. */

import { t } from '../i18n/console'
import { reasonOf } from './session.svelte'

export class Outcome {
  text = $state('')
  isBad = $state(false)
  isBusy = $state(false)

  /** Do something that the node may refuse; return whether it was done. */
  async of(work: () => Promise<string | void>): Promise<boolean> {
    this.isBusy = true
    this.text = ''
    try {
      this.text = (await work()) ?? t('done')
      this.isBad = false
    } catch (error) {
      this.text = t('actionRefused', { reason: reasonOf(error) })
      this.isBad = true
    } finally {
      this.isBusy = false
    }
    return !this.isBad
  }
}
