import { DEFAULT_PAGE_LIMIT } from '../contract/index.ts'
import type { BanyanError, ErrorDetails } from '../core/index.ts'

/** What an answer says beside its data. */
export interface Meta {
  /** ISO 8601: the time of the data's last change where the answer carries an `ETag`. */
  readonly timestamp: string
  readonly apiVersion: number
  readonly page: Page | null
}

export interface Page {
  readonly limit: number
  readonly nextCursor: string | null
}

/** `{"success":true,"data":…,"meta":…}` around data that is JSON text already. */
export function successEnvelope(dataJson: string, { timestamp, apiVersion, page }: Meta): string {
  const pageJson = page === null ? '' : `,"page":${JSON.stringify(page)}`
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

/**
 * When a list last changed, as far as its items tell: the newest of their times; `null` when they tell nothing. A function of
 * the data alone, so that two gateways answer the same bytes under the same tag.
 */
export function newestChange(items: readonly unknown[]): string | null {
  let newest: string | null = null
  for (const item of items) {
    const { updatedAt, createdAt } = (item ?? {}) as ErrorDetails
    const at = updatedAt ?? createdAt
    if (typeof at === 'string' && (newest === null || at > newest)) newest = at
  }
  return newest
}
