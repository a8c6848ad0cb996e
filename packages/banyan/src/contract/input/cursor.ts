import { invalidInput } from './input-validator.ts'

/** Opaque cursors of one list. */
export interface Cursor {
  /** `position` is what the next page comes after. */
  encode(position: string): string
  /** `null`: from the beginning. @throws `api.INVALID_INPUT` for what `encode` did not make. */
  decode(cursor: string | undefined): string | null
}

/**
 * Cursors hold nothing but a position that the reader has seen, so they are checked, not signed: one from another
 * list, cut short or of another shape is refused. `position` must match only what the list's SQL can take.
 */
export function createCursor(list: string, position: RegExp): Cursor {
  const prefix = `${list} `
  const encode = (text: string) => Buffer.from(prefix + text).toString('base64url')
  return {
    encode,
    decode(cursor) {
      if (cursor === undefined) return null
      const text = Buffer.from(cursor, 'base64url').toString()
      const decoded = text.slice(prefix.length)
      if (text.startsWith(prefix) && position.test(decoded) && encode(decoded) === cursor) return decoded
      throw invalidInput([
        { pointer: '/cursor', message: 'is not a cursor of this list; use meta.page.nextCursor of an earlier page' },
      ])
    },
  }
}

/** Cuts off the one item that was read beyond the page, which tells that there is a next one. */
export function toPage<Item>(items: readonly Item[], limit: number, cursorOf: (last: Item) => string) {
  const page = items.slice(0, limit)
  return { items: page, nextCursor: items.length > limit ? cursorOf(page.at(-1)!) : null }
}
