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
  const terms = [...text.matchAll(TERM)].slice(0, MAX_ATTRIBUTE_TERMS)
  const words = terms.reduce((rest, [term]) => rest.replace(term, ' '), text).trim()
  return {
    words: words === '' ? null : words,
    attributes: terms.length === 0 ? null : documentsOf(terms).map((document) => JSON.stringify(document)),
  }
}

/** Every combination of the readings of the terms' values. */
function documentsOf(terms: readonly RegExpExecArray[]): readonly object[] {
  return terms.reduce<readonly object[]>(
    (documents, [, path = '', quoted, bare = '']) => {
      const names = path.split('.').filter((name) => name !== '')
      const values = readings(quoted, bare)
      return documents.flatMap((document) => values.map((value) => withValue(document, names, value)))
    },
    [{}],
  )
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
