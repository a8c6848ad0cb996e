import { DEFAULT_PAGE_LIMIT } from '../../contract/index.ts'
import type { BanyanError } from '../../core/index.ts'

/** What an answer says beside its data. */
export interface Meta {
  /** ISO 8601: the time of the data's last change where the answer carries an `ETag`. */
  readonly timestamp: string
  readonly apiVersion: number
  /** `{"limit":…,"nextCursor":…}` as JSON text; `null`: no page. */
  readonly page: string | null
}

/** `{"success":true,"data":…,"meta":…}` around data that is JSON text already. */
export function successEnvelope(dataJson: string, { timestamp, apiVersion, page }: Meta): string {
  const pageJson = page === null ? '' : `,"page":${page}`
  return `{"success":true,"data":${dataJson},"meta":{"timestamp":"${timestamp}","version":${apiVersion}${pageJson}}}`
}

/** `{"success":false,"error":…,"meta":…}`. `details` are those of the API version that the caller speaks. */
export function errorEnvelope(error: BanyanError, meta: { timestamp: string; requestId: string }): string {
  const { code, message, effect, retry, details } = error
  return JSON.stringify({ success: false, error: { code, message, effect, retry, details }, meta })
}

/** The limit that a list was asked for. */
export function pageLimit(input: unknown): number {
  return (input as { readonly limit?: number }).limit ?? DEFAULT_PAGE_LIMIT
}
