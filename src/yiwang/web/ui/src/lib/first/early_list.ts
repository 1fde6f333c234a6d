/** The list of channels that the node has written into the page's document (web/first_page): it lies over the page. */

/** Taken away when the page's own list stands, or something else is to be seen; the channel whose row had the focus, if one had it. */
export function forgetEarlyList(): string | null {
  const focused = document.activeElement?.closest<HTMLElement>('[data-early]')?.dataset['early'] ?? null
  document.getElementById('early')?.remove()
  return focused
}
