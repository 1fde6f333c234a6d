/** The list of channels that the node has written into the page's document (web/first_page): it lies over the page. */

/** Taken away when the page's own list stands, or something else is to be seen. */
export function forgetEarlyList(): void {
  document.getElementById('early')?.remove()
}
