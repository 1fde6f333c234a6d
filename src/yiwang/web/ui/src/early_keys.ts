/**
 * Keys for the list of channels that the node has written into the document (web/first_page): it is seen a second before the
 * page's own script is read on a slow phone or television. Arrows go from row to row and a number to its channel; Enter is the
 * link's own. What is chosen is the address, which the page reads; the row that has the focus keeps it (`forgetEarlyList`).
 */

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 }
/** As `lib/keys/digit_entry` waits. */
const WAIT_MS = 1_500

let digits = ''
let timer: ReturnType<typeof setTimeout> | undefined

function rows(): HTMLAnchorElement[] {
  return [...document.querySelectorAll<HTMLAnchorElement>('#early [data-early]')]
}

function tune(): void {
  clearTimeout(timer)
  const number = Number(digits)
  digits = ''
  rows().find((row) => Number(row.querySelector('.number')?.textContent) === number)?.click()
}

function onKeyDown(event: KeyboardEvent): void {
  const all = rows()
  if (all.length === 0) {
    if (document.readyState === 'loading') return // they may be on their way
    clearTimeout(timer)
    removeEventListener('keydown', onKeyDown, true)
    return
  }
  const { key, ctrlKey, altKey, metaKey } = event
  if (ctrlKey || altKey || metaKey) return
  const step = STEPS[key]
  if (step !== undefined) {
    const at = all.findIndex((row) => row === document.activeElement)
    all[at === -1 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)]?.focus()
  } else if (/^\d$/.test(key)) {
    digits = (digits + key).slice(-4)
    clearTimeout(timer)
    timer = setTimeout(tune, WAIT_MS)
  } else if (key === 'Enter' && digits !== '') tune()
  else return
  event.preventDefault()
  event.stopImmediatePropagation() // the page may be listening already
}

addEventListener('keydown', onKeyDown, true)
