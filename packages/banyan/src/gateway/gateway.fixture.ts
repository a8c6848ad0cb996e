import {
  anonymous,
  anyone,
  createVersions,
  defineCommand,
  defineContract,
  defineQuery,
  dollarsInVersion1,
  internal,
  pageOf,
  PageQuery,
  Price,
  reply,
  user,
  UserId,
  type Call,
  type Principal,
  type Reply,
  type Wire,
} from '../contract/index.ts'
import { coreErrors, defineErrors, systemClock, systemRandom, type Clock, Type } from '../core/index.ts'
import { createLocalWire, createServiceEndpoint, type RunningOperations, type ServiceEndpoint } from '../mesh/index.ts'
import { createMetrics, createTracer, silentLogger } from '../observe/index.ts'
import type { Authenticator } from './identity/authenticator.ts'
import type { GatewayOptions } from './gateway-options.ts'
import { defineProductRead, FixtureProduct } from './caching/product-read.fixture.ts'

/** A small contract with one operation of each kind that the gateway treats differently. For its tests and benchmarks. */
const Note = Type.Object({ userId: UserId, text: Type.String({ maxLength: 1_000 }) })

export const shopErrors = defineErrors('shop', {
  PRICE_CHANGED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The price is {price} now.',
    details: Type.Object({ price: Price }),
  },
  BAD_CREDENTIALS: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    effect: 'not-applied',
    retry: 'never',
    message: 'E-mail or password is wrong.',
  },
})

export const shop = defineContract({
  name: 'shop',
  errors: shopErrors,
  operations: {
    getProduct: defineProductRead({ sharedMaxAgeSeconds: 5 }),
    listProducts: defineQuery({
      summary: 'All products.',
      http: 'GET /products',
      input: Type.Object({ search: Type.Optional(Type.String({ maxLength: 100 })), ...PageQuery }),
      output: pageOf(FixtureProduct),
      access: anyone,
    }),
    createProduct: defineCommand({
      summary: 'Adds a product.',
      http: 'POST /products',
      input: Type.Object({ name: Type.String({ minLength: 1, maxLength: 100 }), price: Price }),
      output: FixtureProduct,
      errors: [shopErrors.PRICE_CHANGED],
      access: user({ roles: ['admin'] }),
      created: ({ id }) => `/products/${id}`,
    }),
    getNote: defineQuery({
      summary: "A user's note.",
      http: 'GET /users/:userId/note',
      input: Type.Object({ userId: UserId }),
      output: Note,
      access: user({ owner: ({ userId }) => userId, roles: ['admin'] }),
    }),
    putNote: defineCommand({
      summary: "Replaces a user's note.",
      http: 'PUT /users/:userId/note',
      input: Note,
      output: Note,
      errors: [coreErrors.PRECONDITION_FAILED],
      access: user({ owner: ({ userId }) => userId }),
    }),
    logIn: defineCommand({
      summary: 'Begins a session.',
      http: 'POST /sessions',
      input: Type.Object({ email: Type.String({ maxLength: 254 }), password: Type.String({ maxLength: 100 }) }),
      output: Type.Object({ token: Type.String() }),
      errors: [shopErrors.BAD_CREDENTIALS],
      access: anyone,
      outcome: 'none',
      created: () => '/sessions',
    }),
    receiveHook: defineCommand({
      summary: 'Takes a webhook.',
      http: 'POST /webhooks/:provider',
      input: Type.Object({
        provider: Type.String({ maxLength: 20 }),
        body: Type.String(),
        headers: Type.Record(Type.String(), Type.String()),
      }),
      output: Type.Object({ bytes: Type.Integer() }),
      access: anyone,
      raw: ['x-signature'],
    }),
    reindex: defineCommand({
      summary: 'Never routed.',
      input: Type.Object({}),
      output: Type.Object({}),
      access: internal,
    }),
  },
})

export const product = {
  id: '1001',
  name: 'A tree',
  price: { amountMinor: 1_999, currency: 'USD' },
  updatedAt: '2026-01-15T10:30:00.000Z',
} as const

type Handler = (input: never, call: Call) => unknown

/** The contract served over the local wire, encoded as between processes. */
export function shopWire(handlers: Readonly<Record<string, Handler>> = {}): Wire {
  return createLocalWire({ clock: systemClock, encode: true, endpoints: [shopEndpoint(handlers)] })
}

/** What a handler returns is the reply, or its data. */
export function shopEndpoint(handlers: Readonly<Record<string, Handler>> = {}): ServiceEndpoint {
  const all = Object.entries({ ...defaultHandlers, ...handlers })
  const operations = Object.fromEntries(all.map(([name, handler]) => [name, toOperation(handler)]))
  return createServiceEndpoint({
    contract: shop,
    operations: operations as unknown as RunningOperations<typeof shop>,
    clock: systemClock,
    logger: silentLogger,
  })
}

function toOperation(handler: Handler) {
  return async (input: unknown, call: Call): Promise<Reply> => {
    const answer = await handler(input as never, call)
    return isReply(answer) ? answer : reply(answer)
  }
}

const defaultHandlers: Readonly<Record<string, Handler>> = {
  getProduct({ productId }: { productId: string }) {
    if (productId !== product.id) throw coreErrors.NOT_FOUND()
    return reply(product, { versions: 'p17.s903', changedAt: product.updatedAt })
  },
  listProducts: () => ({ items: [product, { ...product, id: '1002' }], nextCursor: null }),
  createProduct: (input: object) => ({ ...product, ...input }),
  getNote: ({ userId }: { userId: string }) =>
    reply({ userId, text: 'hello' }, { versions: 'n1', changedAt: product.updatedAt }),
  putNote: (input: object) => input,
  logIn: () => ({ token: 't' }),
  receiveHook: ({ body }: { body: string }) => ({ bytes: Buffer.byteLength(body) }),
  reindex: () => ({}),
}

function isReply(answer: unknown): answer is Reply {
  return typeof answer === 'object' && answer !== null && 'replayed' in answer && 'pending' in answer
}

/** `Authorization: user 42` or `admin 1`: who says it, is it. */
export const trustingAuthenticator: Authenticator = {
  authenticate({ authorization }) {
    if (authorization === undefined) return { principal: anonymous, client: null }
    const [role = '', id = ''] = authorization.split(' ')
    if (id === '') throw coreErrors.UNAUTHENTICATED()
    const principal: Principal = { kind: 'user', id, role, scopes: null, sessionId: 's1' }
    return { principal, client: `user:${id}` }
  },
}

/** Options of a gateway on a free port that stops at once. */
export function fixtureOptions(more: Partial<GatewayOptions> = {}): GatewayOptions {
  return {
    contracts: [shop],
    wire: shopWire(),
    versions: createVersions({ current: 2, default: 1, transforms: [dollarsInVersion1] }),
    authenticator: trustingAuthenticator,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
    metrics: createMetrics(),
    tracer: createTracer({ clock: systemClock, random: systemRandom, sinks: [] }),
    port: 0,
    ...more,
    settings: { drainDelayMs: 0, ...more.settings },
  }
}

export interface ManualClock extends Clock {
  /** Moves both clocks and runs what has come due. */
  advance(ms: number): Promise<void>
}

/** A clock that stands until it is moved. */
export function createManualClock(): ManualClock {
  const epochMs = Date.parse('2026-01-15T10:30:00.000Z')
  let nowMs = 0
  let due: { readonly atMs: number; readonly task: () => void }[] = []
  const clock: ManualClock = {
    now: () => epochMs + nowMs,
    monotonicMs: () => nowMs,
    sleep: (ms) => new Promise((resolve) => clock.schedule(ms, resolve)),
    schedule(ms, task) {
      const entry = { atMs: nowMs + ms, task }
      due.push(entry)
      return () => (due = due.filter((other) => other !== entry))
    },
    async advance(ms) {
      nowMs += ms
      const ready = due.filter(({ atMs }) => atMs <= nowMs)
      due = due.filter(({ atMs }) => atMs > nowMs)
      for (const { task } of ready) task()
      await new Promise(setImmediate)
    },
  }
  return clock
}

/** An answer in the envelope. */
export interface Envelope {
  readonly success: boolean
  readonly data?: unknown
  readonly error?: { readonly code: string; readonly message: string; readonly details: Record<string, unknown> }
  readonly meta: Record<string, unknown>
}

export async function sendTo(url: string, init: RequestInit = {}) {
  const response = await fetch(url, init)
  const text = await response.text()
  const body = (text === '' ? {} : JSON.parse(text)) as Envelope
  return { status: response.status, headers: response.headers, text, body }
}
