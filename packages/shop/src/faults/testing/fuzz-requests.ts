import fc from 'fast-check'
import { schemaArbitrary } from 'banyan/testing'
import type { ApiOperation, ApiParameter } from './api-document.ts'
import { oddBodies, oddHeaders, oddPaths, oddTexts, withOdd } from './fuzz-oddities.ts'

/** A request before it is sent: ids are picked from those that exist by then. */
export interface FuzzRequest {
  /** `null`: no operation is meant. */
  readonly operation: ApiOperation | null
  readonly method: string
  readonly path: readonly PathPart[]
  readonly query: readonly (readonly [name: string, value: PathPart])[]
  readonly who: Who
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export type PathPart = string | { readonly pool: string; readonly pick: number }
export type Who = 'nobody' | 'garbage' | 'owner' | 'other' | 'admin' | 'api-key' | 'expendable'

/** They end log-ins and accounts, so they may only meet those that nobody else needs. */
const DESTRUCTIVE = new Set([
  'users.deleteUser',
  'users.changePassword',
  'users.changeRole',
  'users.deleteSession',
  'products.deleteProduct',
])
/** Each costs a password hash: 20,000 of them would be all that the test does. */
const COSTLY = new Set(['users.registerUser', 'users.createSession', 'users.changePassword'])

export function fuzzRequests(operations: readonly ApiOperation[]): fc.Arbitrary<FuzzRequest> {
  const meant = operations.map((operation) => ({
    weight: COSTLY.has(operation.id) ? 1 : operation.id === 'orders.placeOrder' ? 30 : 12,
    arbitrary: requestOf(operation),
  }))
  return fc.oneof(...meant, { weight: 20, arbitrary: strayRequest })
}

const WHO: fc.Arbitrary<Who> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<Who>('owner', 'admin') },
  { weight: 2, arbitrary: fc.constantFrom<Who>('other', 'api-key') },
  { weight: 1, arbitrary: fc.constantFrom<Who>('nobody', 'garbage') },
)
const WHO_IS_EXPENDABLE = fc.constantFrom<Who>('expendable', 'expendable', 'nobody', 'garbage')

/** Fields whose schema allows far more than what leads anywhere. */
const KNOWN = {
  productId: fc.oneof(
    { weight: 19, arbitrary: fc.integer({ min: 1, max: 40 }).map(String) },
    { weight: 1, arbitrary: fc.constantFrom('nope', '999999') },
  ),
  quantity: fc.oneof(
    { weight: 19, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constantFrom(600, 1_000) },
  ),
  paymentMethod: fc.constantFrom(
    'pm_visa',
    'pm_visa',
    'pm_declined',
    'pm_insufficient_funds',
    'pm_timeout',
    'pm_error',
    'pm_refund_fails',
    'pm_unknown',
  ),
  expectedTotal: fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant({ amountMinor: 1_000, currency: 'USD' }) },
  ),
  email: fc.oneof(fc.constantFrom('customer3@example.com', 'Customer4@example.com '), fc.emailAddress()),
  password: fc.constantFrom('banyan-demo', 'banyan-demo', 'another-password'),
  onHand: fc.integer({ min: 0, max: 1_000_000 }),
  role: fc.constantFrom('customer', 'admin'),
}

function requestOf(operation: ApiOperation): fc.Arbitrary<FuzzRequest> {
  const isDestructive = DESTRUCTIVE.has(operation.id)
  const form = fc.constantFrom(`/api/v${operation.version}`, `/api/v${operation.version}`, '/api')
  const inQuery = operation.parameters.filter((parameter) => parameter.in === 'query')
  const isAboutOneself = operation.id === 'users.deleteSession'
  return fc.record({
    operation: fc.constant(operation),
    method: fc.constant(operation.method),
    path: fc.tuple(form, ...pathParts(operation, isDestructive)),
    query: fc.tuple(...inQuery.map(queryValue)).map((pairs) => pairs.flat()),
    who: isAboutOneself ? WHO_IS_EXPENDABLE : WHO,
    headers: oddHeaders(operation.body !== null),
    body: bodyOf(operation),
  }) as fc.Arbitrary<FuzzRequest>
}

function pathParts({ path, parameters }: ApiOperation, isDestructive: boolean): fc.Arbitrary<PathPart>[] {
  return path
    .split(/(\{\w+\})/)
    .filter((part) => part !== '')
    .map((part) => {
      const name = /^\{(\w+)\}$/.exec(part)?.[1]
      if (name === undefined) return fc.constant(part)
      const pool = isDestructive ? `expendable ${name}` : name
      const picked = fc.record({ pool: fc.constant(pool), pick: fc.nat(10_000) })
      const { schema } = parameters.find((parameter) => parameter.name === name)!
      const made = isDestructive ? oddTexts : fc.oneof(schemaArbitrary(schema) as fc.Arbitrary<string>, oddTexts)
      return fc.oneof({ weight: 8, arbitrary: picked }, { weight: 1, arbitrary: made.map(encodePart) })
    })
}

/** As a part of a path: never empty, which would be another path. */
function encodePart(text: string): string {
  return encodeURIComponent(text.toWellFormed()) || '%20'
}

function queryValue({ name, schema }: ApiParameter): fc.Arbitrary<[string, PathPart][]> {
  const value = fc.oneof<
    [fc.WeightedArbitrary<PathPart>, fc.WeightedArbitrary<PathPart>, fc.WeightedArbitrary<PathPart>]
  >(
    { weight: 3, arbitrary: schemaArbitrary(schema).map(String) },
    { weight: 1, arbitrary: oddTexts },
    // One that some list has answered, this one or another.
    { weight: name === 'cursor' ? 4 : 0, arbitrary: fc.record({ pool: fc.constant(name), pick: fc.nat(10_000) }) },
  )
  return fc.oneof(
    fc.constant<[string, PathPart][]>([]),
    value.map((text): [string, PathPart][] => [[name, text]]),
  )
}

function bodyOf({ body }: ApiOperation): fc.Arbitrary<string | null> {
  if (body === null) return fc.oneof({ weight: 9, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: oddBodies })
  const valid = schemaArbitrary(body, KNOWN)
  return fc.oneof(
    { weight: 6, arbitrary: valid.map((value) => JSON.stringify(value)) },
    { weight: 3, arbitrary: withOdd(valid).map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: oddBodies },
  )
}

const strayRequest: fc.Arbitrary<FuzzRequest> = fc.record({
  operation: fc.constant(null),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PURGE', 'PROPFIND'),
  path: oddPaths.map((path) => [path]),
  query: fc.array(fc.tuple(oddTexts, oddTexts), { maxLength: 2 }),
  who: fc.constantFrom<Who>('nobody', 'garbage'),
  headers: oddHeaders(true),
  body: fc.oneof(fc.constant(null), oddBodies),
})
