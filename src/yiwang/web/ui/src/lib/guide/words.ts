/** The words for what a guide says: subjects, jobs, days. */

import type { Subject } from '../api/guide_api'
import type { PlainTextKey } from '../i18n/catalogue'

export const SUBJECT_WORDS: Readonly<Record<Exclude<Subject, ''>, PlainTextKey>> = {
  movie: 'subjectMovie',
  news: 'subjectNews',
  show: 'subjectShow',
  sports: 'subjectSports',
  children: 'subjectChildren',
  music: 'subjectMusic',
  arts: 'subjectArts',
  society: 'subjectSociety',
  education: 'subjectEducation',
  leisure: 'subjectLeisure',
  special: 'subjectSpecial',
}

/** Elements of XMLTV's `credits`. */
export const JOB_WORDS: Readonly<Record<string, PlainTextKey>> = {
  director: 'jobDirector',
  actor: 'jobActor',
  writer: 'jobWriter',
  adapter: 'jobWriter',
  producer: 'jobProducer',
  composer: 'jobComposer',
  editor: 'jobEditor',
  presenter: 'jobPresenter',
  commentator: 'jobCommentator',
  guest: 'jobGuest',
}
