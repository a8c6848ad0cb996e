import { meshErrors } from '../../mesh-errors.ts'

/** Short texts of a frame: length (u16), then UTF-8. */
const MAX_TEXT_BYTES = 65_535

/** Room that a text may need: three bytes for each UTF-16 unit, and its length. */
export function textRoom(text: string): number {
  return 3 * text.length + 2
}

/** Writes a text and gives the offset after it. @throws `mesh.MESSAGE_TOO_LARGE` */
export function writeText(page: Buffer, at: number, text: string): number {
  const bytes = page.write(text, at + 2, 'utf8')
  if (bytes > MAX_TEXT_BYTES) throw meshErrors.MESSAGE_TOO_LARGE({ bytes, maxBytes: MAX_TEXT_BYTES })
  page.writeUInt16BE(bytes, at)
  return at + 2 + bytes
}
