import {
  anyone,
  defineCommand,
  defineContract,
  defineQuery,
  internal,
  reply,
  user,
  UserId,
  type Call,
  type Reply,
} from '../../contract/index.ts'
import { BanyanError, coreErrors, defineErrors, type Clock, type ErrorDetails, Type } from '../../core/index.ts'
import { createServiceEndpoint, type ServiceEndpoint } from '../../mesh/index.ts'
import { silentLogger, type Logger } from '../../observe/index.ts'

export const probeErrors = defineErrors('probe', {
  BROKEN: {
    http: 409,
    grpc: 'ABORTED',
    effect: 'applied',
    retry: 'never',
    message: 'The {part} is broken, {left} left.',
  },
  UNDECLARED: { http: 409, grpc: 'ABORTED', effect: 'applied', retry: 'never', message: 'secret' },
})

const nothing = { input: Type.Object({}), output: Type.Null(), access: anyone }
const FullReply = Type.Object({
  versions: Type.Union([Type.String(), Type.Null()]),
  changedAt: Type.Union([Type.String(), Type.Null()]),
  replayed: Type.Boolean(),
  pending: Type.Boolean(),
})
const Failing = Type.Enum([
  'declared',
  'replayed',
  'undeclared',
  'thrown',
  'thrown-at-once',
  'odd',
  'bigint',
  'circular',
  'deep',
])

/** A service that does nothing but show what reaches it. */
export const probe = defineContract({
  name: 'probe',
  errors: probeErrors,
  operations: {
    echo: defineCommand({
      summary: 'What was sent.',
      input: Type.Object({ data: Type.Unknown() }),
      output: Type.Object({ data: Type.Unknown() }),
      access: anyone,
      http: 'POST /echo',
    }),
    answer: defineCommand({
      summary: 'A reply as asked for.',
      input: FullReply,
      output: FullReply,
      access: anyone,
      http: 'POST /answer',
    }),
    fail: defineCommand({
      summary: 'Fails as asked for.',
      input: Type.Object({ how: Failing }),
      output: Type.Null(),
      errors: [probeErrors.BROKEN],
      access: anyone,
      http: 'POST /fail',
    }),
    failingQuery: defineQuery({ ...nothing, summary: 'Fails.', http: 'GET /fail' }),
    note: defineCommand({ ...nothing, summary: 'Notes the call.', http: 'POST /note' }),
    hang: defineCommand({ ...nothing, summary: 'Runs until its signal aborts.', http: 'POST /hang' }),
    own: defineCommand({
      summary: 'For its owner.',
      input: Type.Object({ userId: UserId }),
      output: Type.Null(),
      access: user({ owner: ({ userId }) => userId }),
      http: 'POST /own/:userId',
    }),
    inner: defineCommand({ ...nothing, summary: 'For services.', access: internal }),
  },
})

export const PROBE_MAX_IN_FLIGHT = 300

export interface Probe {
  readonly endpoint: ServiceEndpoint
  /** The calls as the operations saw them. */
  readonly calls: readonly Call[]
  readonly logged: readonly Record<string, unknown>[]
  /** How many `hang` run now. */
  readonly hanging: number
  /** How many `hang` saw their signal abort. */
  readonly aborted: number
}

export function createProbeEndpoint(clock: Clock): Probe {
  const calls: Call[] = []
  const logged: Record<string, unknown>[] = []
  const counts = { hanging: 0, aborted: 0 }
  const done = () => Promise.resolve(reply(null))

  async function hang(_: object, { signal }: Call): Promise<Reply<null>> {
    counts.hanging++
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    counts.hanging--
    counts.aborted++
    throw signal.reason
  }

  const endpoint = createServiceEndpoint({
    contract: probe,
    clock,
    logger: createNotingLogger(logged),
    maxInFlight: PROBE_MAX_IN_FLIGHT,
    operations: {
      echo: ({ data }) => Promise.resolve(reply({ data })),
      answer: (input) => Promise.resolve(reply(input, input)),
      fail: ({ how }) => fail(how),
      failingQuery: () => Promise.reject(new Error('secret')),
      note(_, call) {
        calls.push(call)
        return done()
      },
      hang,
      own: done,
      inner: done,
    },
  })
  return {
    endpoint,
    calls,
    logged,
    get hanging() {
      return counts.hanging
    },
    get aborted() {
      return counts.aborted
    },
  }
}

const circular: Record<string, unknown> = {}
circular.self = circular
/** Details that JSON cannot say, or gRPC not carry. */
const UNTELLABLE = {
  bigint: { left: 3n },
  circular,
  deep: JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as ErrorDetails,
}

function fail(how: string): Promise<never> {
  if (how === 'declared') return Promise.reject(probeErrors.BROKEN({ part: 'lamp', left: 3 }, { cause: 'secret' }))
  if (how === 'replayed') {
    return Promise.reject(new BanyanError(probeErrors.BROKEN({}).toJSON(), { replayed: true }))
  }
  if (how === 'undeclared') return Promise.reject(probeErrors.UNDECLARED())
  if (how in UNTELLABLE) return Promise.reject(probeErrors.BROKEN(UNTELLABLE[how as keyof typeof UNTELLABLE]))
  if (how === 'thrown-at-once') throw new Error('secret')
  // eslint-disable-next-line typescript/prefer-promise-reject-errors -- the point: anything may be thrown
  return Promise.reject(how === 'odd' ? 'secret' : new TypeError('secret', { cause: coreErrors.NOT_FOUND() }))
}

function createNotingLogger(lines: Record<string, unknown>[]): Logger {
  return { ...silentLogger, error: (fields) => lines.push({ ...fields }), child: () => createNotingLogger(lines) }
}
