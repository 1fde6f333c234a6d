/** What a node says of one channel's time line: GET /api/channels/{id}/timeline. Names are those of the JSON. */

export interface Timeline {
  readonly now_ms: number
  readonly track: string
  readonly segments: readonly {
    readonly number: number
    readonly start_ms: number
    readonly end_ms: number
    readonly octets: number
    readonly parts: number
    readonly independent: boolean
    readonly whole: boolean
    readonly discontinuity: boolean
  }[]
  readonly gaps: readonly { readonly start_ms: number; readonly end_ms: number; readonly segments: number }[]
  readonly periods: readonly { readonly period_id: number; readonly start_ms: number; readonly reason: string }[]
  readonly breaks: readonly {
    readonly id: string
    readonly kind: string
    readonly start_ms: number
    readonly end_ms: number | null
  }[]
  readonly happenings: readonly { readonly at_ms: number; readonly name: string; readonly text: string }[]
}
