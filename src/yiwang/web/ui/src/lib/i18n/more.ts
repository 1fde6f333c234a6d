/**
 * More languages: a file `languages/fr.json` is one, by its BCP 47 tag, from the next build on. It has texts by the keys of the
 * catalogues; what it has not is in English. Each is read when it is chosen.
 */

export type MoreTexts = Readonly<Record<string, string>>

export const MORE: Readonly<Record<string, () => Promise<MoreTexts>>> = Object.fromEntries(
  Object.entries(import.meta.glob<MoreTexts>('./languages/*.json', { import: 'default' })).map(([path, read]) => [
    path.slice('./languages/'.length, -'.json'.length),
    read,
  ]),
)

/** A language's name in itself. */
export function ownName(tag: string): string {
  if (tag === 'zh') return '中文'
  return new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
}
