/** Moving the focus with arrow keys among the buttons of a list or panel. */

const FOCUSABLE = 'button:not([disabled]), input:not([disabled]), select:not([disabled]), a[href]'

function focusables(container: Element): HTMLElement[] {
  return [...container.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((element) => element.offsetParent !== null)
}

/** Focus the element `step` places from the focused one, wrapping around. */
export function moveFocus(container: Element, step: number): void {
  const all = focusables(container)
  if (all.length === 0) return
  const index = all.findIndex((element) => element === document.activeElement)
  const next = all[index === -1 ? (step > 0 ? 0 : all.length - 1) : (index + step + all.length) % all.length]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}
