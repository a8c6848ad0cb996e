// What the page says in words. Pure: tested without a browser.

const SHORT_PATTERN = 24

export function titleOf({ title }) {
  const name = title.charAt(0).toUpperCase() + title.slice(1)
  return /\bAPI$/i.test(name) ? name : `${name} API`
}

/** The segments of a path, between which a line may break. */
export function segmentsOf(path) {
  return path.split(/(?=\/)/)
}

/** The bounds of a schema; `pattern` apart where it is too long to be read in passing. */
export function boundsOf(schema) {
  const { format, pattern } = schema
  const isShort = pattern !== undefined && pattern.length <= SHORT_PATTERN
  const bounds = [
    format,
    schema.minimum !== undefined && `≥ ${schema.minimum}`,
    schema.maximum !== undefined && `≤ ${schema.maximum}`,
    countText(schema.minLength, schema.maxLength, 'character'),
    countText(schema.minItems, schema.maxItems, 'item'),
    isShort && `matches ${pattern}`,
  ].filter(Boolean)
  return { text: bounds.length > 0 ? ` ${bounds.join(', ')}` : '', pattern: isShort ? undefined : pattern }
}

function countText(least, most, noun) {
  const counted = (count) => `${count} ${noun}${count === 1 ? '' : 's'}`
  if (least === undefined) return most === undefined ? '' : `at most ${counted(most)}`
  if (most === undefined) return `at least ${counted(least)}`
  return least === most ? counted(least) : `${least} to ${counted(most)}`
}
