/** What a search text asks for. Both parts must hold. */
export interface Search {
  /** Words of name, category, description and attributes; `null`: none. */
  readonly words: string | null
  /** One of these documents must be contained in the attributes, each as JSON; `null`: no attribute was named. */
  readonly attributes: readonly string[] | null
}

/** Terms beyond these are taken as words: each typed value doubles the documents to look for. */
const MAX_ATTRIBUTE_TERMS = 4
const TERM = /(?<![^\s])(\p{L}[\p{L}\p{N}_.-]{0,99}):(?:"([^"]*)"|(\S+))/gu

/**
 * `wireless mouse colour:black weight.grams:85` — words, and `attribute:value` terms with dots for nesting and
 * quotes around values with spaces. A value that reads as a number or truth is looked for as such and as text.
 */
export function parseSearch(text: string): Search {
  let documents: readonly object[] | null = null
  let terms = 0
  const words = text.replace(TERM, (term, path: string, quoted: string | undefined, bare: string | undefined) => {
    if (++terms > MAX_ATTRIBUTE_TERMS) return term
    const names = path.split('.').filter((name) => name !== '')
    documents = (documents ?? [{}]).flatMap((document) =>
      readings(quoted, bare ?? '').map((value) => withValue(document, names, value)),
    )
    return ' '
  })
  return {
    words: words.trim() === '' ? null : words.trim(),
    attributes: documents && (documents as readonly object[]).map((document) => JSON.stringify(document)),
  }
}

function readings(quoted: string | undefined, bare: string): readonly unknown[] {
  if (quoted !== undefined) return [quoted]
  if (bare === 'true' || bare === 'false') return [bare === 'true', bare]
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(bare) ? [Number(bare), bare] : [bare]
}

/** A copy of the document with the value at the path; objects on the way are shared by terms. */
function withValue(document: object, [name = '', ...rest]: readonly string[], value: unknown): object {
  if (rest.length === 0) return { ...document, [name]: value }
  const inner: unknown = (document as Record<string, unknown>)[name]
  const target = typeof inner === 'object' && inner !== null ? inner : {}
  return { ...document, [name]: withValue(target, rest, value) }
}
