import type { TSchema } from 'typebox'
import { isPage } from './common-schemas.ts'

/**
 * When data last changed, as far as they tell: the newest time among a list's items, or a single thing's own; `null` when they tell
 * nothing. A function of the data alone, so that whoever answers gives the same bytes under the same tag.
 */
export function createNewestChange(output: TSchema): (data: unknown) => string | null {
  if (!isPage(output)) return (data) => newestOf([data])
  return (data) => newestOf((data as { readonly items: readonly unknown[] }).items)
}

function newestOf(items: readonly unknown[]): string | null {
  let newest: string | null = null
  for (const item of items) {
    const { updatedAt, createdAt } = (item ?? {}) as Readonly<Record<string, unknown>>
    const at = updatedAt ?? createdAt
    if (typeof at === 'string' && (newest === null || at > newest)) newest = at
  }
  return newest
}
