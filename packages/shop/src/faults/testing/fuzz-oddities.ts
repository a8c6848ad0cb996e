import fc from 'fast-check'

const LONG = 'x'.repeat(300)
const DEEP = 3_000

/** Texts that have broken something somewhere. */
export const oddTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', ' ', '\u0000', 'a\u0000b', '\ud800', '\udfff a', '\ufeff', '\u202e', '🎃'.repeat(20), LONG),
  fc.constantFrom(
    "' OR 1=1 --",
    '../..',
    '%00',
    '__proto__',
    'constructor',
    '-0',
    '1e3',
    '0x1',
    '9007199254740993',
    'null',
    'ord_1_x',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
)

/** JSON values of the wrong kind, size or shape. */
const oddValues: fc.Arbitrary<unknown> = fc.oneof(
  oddTexts,
  fc.constantFrom<unknown>(null, true, 0, -1, 0.1, 1e308, 2 ** 53 + 2, 2 ** 31, 99.999, [], {}, [[[[]]]], [null]),
  fc.constant('y'.repeat(20_000)),
  fc.jsonValue({ maxDepth: 3 }),
)

/** The value with one field missing, replaced, or one too many, at any depth. */
export function withOdd(valid: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(valid, oddValues, fc.nat(20), fc.constantFrom('drop', 'replace', 'add'))
    .map(([value, odd, at, how]) => spoil(value, { odd, at, how }))
}

interface Spoiling {
  readonly odd: unknown
  readonly at: number
  readonly how: 'drop' | 'replace' | 'add'
}

function spoil(value: unknown, { odd, at, how }: Spoiling): unknown {
  if (Array.isArray(value) && value.length > 0) {
    const place = at % value.length
    return value.map((item, index) => (index === place ? spoil(item, { odd, at: at >> 1, how }) : item))
  }
  if (typeof value !== 'object' || value === null) return odd
  const names = Object.keys(value)
  if (how === 'add' || names.length === 0) return { ...value, [`extra${at}`]: odd }
  const name = names[at % names.length]!
  const rest = Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
  if (how === 'drop') return rest
  const inner = (value as Record<string, unknown>)[name]
  return { ...value, [name]: at % 2 === 0 ? odd : spoil(inner, { odd, at: at >> 1, how }) }
}

/** Bodies that are no object of the right kind, or no JSON at all. */
export const oddBodies: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '{',
    'null',
    '[]',
    '""',
    '{}',
    '1e999',
    '\ufeff{}',
    'a=1&b=2',
    '\u0000',
    '{"a":1,"a":2}',
    '{"__proto__":{"x":1}}',
  ),
  fc.constantFrom('['.repeat(DEEP), '{"a":'.repeat(DEEP), `{"items":${'['.repeat(DEEP)}${']'.repeat(DEEP)}}`),
  fc.constantFrom('"'.padEnd(300_000, 'z')), // over the limit of a body
  fc.json({ maxDepth: 4 }),
)

/** Headers of all kinds, mostly none of them; a body is mostly said to be JSON. */
export function oddHeaders(hasBody: boolean): fc.Arbitrary<Record<string, string>> {
  const type = fc.oneof(
    { weight: 30, arbitrary: fc.constant('application/json') },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        'text/plain',
        'application/json; charset=utf-16',
        '*/*',
        'application/x-www-form-urlencoded',
      ),
    },
  )
  const plain = hasBody ? type.map((value) => ({ 'Content-Type': value })) : fc.constant({})
  return fc
    .tuple(plain, fc.array(oddHeader, { maxLength: 2 }))
    .map(([headers, odd]) => ({ ...headers, ...Object.fromEntries(odd) }))
}

const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
})
const latin1 = fc.string({
  unit: fc.integer({ min: 0x80, max: 0xff }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 20,
})

const oddHeader: fc.Arbitrary<[string, string]> = fc.oneof(
  named('Idempotency-Key', fc.oneof(printable, fc.constantFrom('k', 'l', LONG.slice(0, 255), LONG), latin1)),
  named(
    'If-Match',
    fc.oneof(fc.constantFrom('*', '"v2-p1.s0"', '"v1-u2"', 'W/"v2-x"', '""', ',,', '"a", "b"'), printable),
  ),
  named('If-None-Match', fc.constantFrom('*', '"v2-p1.s0"', 'W/"x"', '"')),
  named(
    'Prefer',
    fc.constantFrom('wait=0', 'wait=1', 'respond-async, wait=0', 'wait=-1', 'wait=99999', 'wait="2"', '=;,'),
  ),
  named('Api-Version', fc.constantFrom('1', '2', '2', '3', '', 'x', '1, 2', '1.0')),
  named('X-Request-Id', fc.oneof(printable, latin1, fc.constant(LONG))),
  named(
    'traceparent',
    fc.constantFrom(
      '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      '00-0-0-00',
      'x',
      'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ),
  ),
  named('Consistency-Token', printable),
  named('Cookie', printable),
  named('Content-Encoding', fc.constantFrom('gzip', 'identity')),
  named('Accept', fc.constantFrom('text/html', '*/*', 'application/xml')),
  named('Accept-Encoding', fc.constantFrom('gzip', 'br;q=0', 'x')),
  named('Origin', fc.constantFrom('https://evil.example', 'null')),
  named('Range', fc.constant('bytes=0-1')),
)

function named(name: string, value: fc.Arbitrary<string>): fc.Arbitrary<[string, string]> {
  return value.map((text) => [name, text])
}

const segment = fc.oneof(
  fc.constantFrom(
    'api',
    'v1',
    'v2',
    'v3',
    'v0',
    'users',
    'products',
    'orders',
    'health',
    'ready',
    'metrics',
    'docs',
    '1',
  ),
  fc.constantFrom(
    '..',
    '.',
    '',
    '%2e%2e',
    '%2f',
    '%00',
    '%',
    '%zz',
    '%ff',
    ';a=b',
    '__proto__',
    '*',
    '~',
    'API',
    'z'.repeat(200),
  ),
  oddTexts.map((text) => encodeURIComponent(text.toWellFormed())),
)

export const oddPaths: fc.Arbitrary<string> = fc
  .array(segment, { maxLength: 6 })
  .map((segments) => `/${segments.join('/')}`)
