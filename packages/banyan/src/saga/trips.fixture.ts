import { accept, createCommandRunner, refuse, sagaErrors, type CommandHandler, type SagaEnd } from '../command/index.ts'
import {
  createCall,
  defineCommand,
  defineContract,
  internal,
  reply,
  type CallOptions,
  type InputOf,
  type Reply,
} from '../contract/index.ts'
import { defineErrors, systemClock, systemRandom, type Clock, type ErrorJson, Type } from '../core/index.ts'
import { createDatabase, createShards, type Database } from '../data/index.ts'
import { createLocalWire, createServiceEndpoint, type LocalWire, type Middleware } from '../mesh/index.ts'
import { silentLogger, type Tracer } from '../observe/index.ts'
import { platformMigrations, type TestPostgres } from '../testing/index.ts'
import { defineSaga, invoke, type SagaDefinition } from './definition.ts'
import { createSagaEngine, type SagaEngine, type SagaEngineOptions } from './run/engine.ts'

export const travelErrors = defineErrors('trips', {
  SOLD_OUT: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'There is no {what} left.',
  },
  BROKEN: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'unknown',
    retry: 'same-key',
    message: 'The answer about {what} was lost.',
  },
})

const Taken = Type.Object({ userId: Type.String(), tripId: Type.String(), what: Type.String() })
const Trip = Type.Object({ userId: Type.String(), tripId: Type.String() })
const errors = [travelErrors.SOLD_OUT, travelErrors.BROKEN, sagaErrors.COMPENSATED, sagaErrors.FENCED]
const step = { access: internal, outcome: 'domain', errors } as const

/** The participant: takes a thing for a trip, and gives it back. */
export const things = defineContract({
  name: 'things',
  errors: {},
  operations: {
    take: defineCommand({ summary: 'Takes it, once.', input: Taken, output: Taken, ...step }),
    giveBack: defineCommand({ summary: 'Gives it back, or forbids to take it.', input: Taken, output: Taken, ...step }),
  },
  events: {},
})

/** The owner of the sagas. */
export const trips = defineContract({
  name: 'trips',
  errors: travelErrors,
  operations: {
    book: defineCommand({
      summary: 'Begins.',
      input: Trip,
      output: Trip,
      access: internal,
      errors,
      mayPend: true,
      deadlineMs: 20_000,
    }),
    confirm: defineCommand({ summary: 'Ends well.', input: Trip, output: Trip, ...step }),
    abandon: defineCommand({
      summary: 'Ends undone.',
      input: Type.Object({ ...Trip.properties, reason: Type.Record(Type.String(), Type.Unknown()) }),
      output: Trip,
      ...step,
    }),
  },
  events: {},
})

/** A saga that takes these things one after another. */
export function tripSaga(takes: readonly string[], options: { version?: number; deadlineMs?: number | null } = {}) {
  const { version = 1, deadlineMs = 60_000 } = options
  const builder = takes.reduce(
    (built, what) =>
      built.step(what, {
        run: ({ input }) => invoke(things, 'take', { ...input, what }),
        compensate: ({ input }) => invoke(things, 'giveBack', { ...input, what }),
      }) as typeof built,
    defineSaga({ name: 'trips.trip', version, input: Trip, deadlineMs }),
  )
  return builder.ends({
    complete: ({ input }) => invoke(trips, 'confirm', input),
    abandon: ({ input, reason }) => invoke(trips, 'abandon', { ...input, reason: { ...reason } }),
  })
}

export interface AgencyOptions {
  readonly postgres: TestPostgres
  readonly definitions: readonly SagaDefinition[]
  /** Of the process. Default `one`. */
  readonly name?: string
  readonly middleware?: readonly Middleware[]
  readonly limits?: SagaEngineOptions['limits']
  readonly clock?: Clock
  readonly tracer?: Tracer
}

/** One process: both services, and the engine that acts for the trips. */
export interface Agency extends AsyncDisposable {
  readonly wire: LocalWire
  readonly engine: SagaEngine
  readonly trips: Database
  readonly things: Database
  book(tripId: string, call?: CallOptions): Promise<Reply>
  /** What the participant holds of a trip: `seat taken`. */
  holdings(tripId: string): Promise<string[]>
}

/** `schemas` once for a server, `openAgency` once for each process. */
export async function createTravelSchemas(postgres: TestPostgres): Promise<void> {
  for (const name of ['trips', 'things']) {
    const sources = platformMigrations(name, NO_MIGRATIONS).filter(({ area }) => area !== name)
    await using database = createDatabase(await postgres.schema(name, sources))
    await database.query(
      `CREATE TABLE held (user_id bigint, trip_id text, what text, status text, PRIMARY KEY (user_id, trip_id, what))`,
    )
  }
}

const NO_MIGRATIONS = new URL('./', import.meta.url)

export async function openAgency(options: AgencyOptions): Promise<Agency> {
  const { postgres, clock = systemClock, middleware = [] } = options
  const logger = silentLogger
  const tools = { clock, random: systemRandom, logger }
  const open = async (name: string) => {
    const { connection } = postgres
    const limits = { connections: 4, coolDownMs: 20 }
    return createShards([createDatabase({ name, connection, schema: name, role: `banyan_${name}`, limits })])
  }
  const [tripShards, thingShards] = [await open('trips'), await open('things')]
  const wire = createLocalWire({ clock, encode: true })
  const { definitions, name: processName = 'one', limits, tracer } = options
  const engine = createSagaEngine({
    ...tools,
    service: 'trips',
    processName,
    definitions,
    shards: tripShards,
    wire,
    limits,
    ...(tracer && { tracer }),
  })
  const runnerOf = (shards: typeof tripShards, sagas: SagaEngine | null) =>
    createCommandRunner({
      ...tools,
      shards,
      sagas: sagas?.hooks ?? null,
      fingerprintSecret: Buffer.alloc(32, 7),
      onAppend: () => undefined,
    })
  const [ofTrips, ofThings] = [runnerOf(tripShards, engine), runnerOf(thingShards, null)]
  const { book, confirm, abandon } = trips.operations
  const { take, giveBack } = things.operations
  wire.serve(
    createServiceEndpoint({
      ...tools,
      contract: trips,
      middleware,
      operations: {
        book: ofTrips.command('trips.book', book, begins),
        confirm: ofTrips.command('trips.confirm', confirm, endsWell),
        abandon: ofTrips.command('trips.abandon', abandon, endsUndone),
      },
    }),
  )
  wire.serve(
    createServiceEndpoint({
      ...tools,
      contract: things,
      middleware,
      operations: {
        take: ofThings.command('things.take', take, takes),
        giveBack: ofThings.command('things.giveBack', giveBack, givesBack),
      },
    }),
  )
  return {
    wire,
    engine,
    trips: tripShards.root,
    things: thingShards.root,
    book: (tripId, call) => wire.call('trips.book', { userId: '7', tripId }, createCall({ ...asTrips, ...call })),
    async holdings(tripId) {
      const rows = await thingShards.root.query<Holding>(
        'SELECT what, status FROM held WHERE user_id = 7 AND trip_id = $1 ORDER BY what',
        [tripId],
      )
      return rows.map(({ what, status }) => `${what} ${status}`)
    },
    async [Symbol.asyncDispose]() {
      await engine.stop()
      await Promise.all([ofTrips.drain(), ofThings.drain()])
      await Promise.all([tripShards.stop(), thingShards.stop()])
    },
  }
}

const asTrips = { principal: { kind: 'service', name: 'trips' }, timeoutMs: 20_000 } as const

export function sagaIdOf(tripId: string): string {
  return `trip_7_${tripId}`
}

interface Holding {
  readonly trip_id: string
  readonly what: string
  readonly status: string
}
type Taking = InputOf<typeof things.operations.take>
type Booking = InputOf<typeof trips.operations.book>
type Held = Map<string, string>
interface Change {
  readonly input: Taking
  readonly status: string
}

const shared = {
  async load(tx, items) {
    const rows = await tx.query<Holding>(
      `SELECT trip_id, what, status FROM held JOIN unnest($1::bigint[], $2::text[], $3::text[]) AS wanted (user_id, trip_id, what)
       USING (user_id, trip_id, what) ORDER BY trip_id, what FOR UPDATE OF held`,
      [items.map((at) => at.input.userId), items.map((at) => at.input.tripId), items.map((at) => at.input.what)],
    )
    return new Map(rows.map((row) => [`${row.trip_id} ${row.what}`, row.status]))
  },
  evolve: (state, { input, status }) => void state.set(`${input.tripId} ${input.what}`, status),
  save(tx, changes) {
    const last = [...new Map(changes.map((change) => [`${change.input.tripId} ${change.input.what}`, change])).values()]
    tx.execute(
      `INSERT INTO held SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[])
       ON CONFLICT (user_id, trip_id, what) DO UPDATE SET status = excluded.status`,
      [
        last.map(({ input }) => input.userId),
        last.map(({ input }) => input.tripId),
        last.map(({ input }) => input.what),
        last.map(({ status }) => status),
      ],
    )
  },
} satisfies Partial<CommandHandler<Taking, Taking, Held, Change>>

const takes: CommandHandler<Taking, Taking, Held, Change> = {
  ...shared,
  decide(state, { input }) {
    const status = state.get(`${input.tripId} ${input.what}`)
    if (status === 'taken') return accept(reply(input))
    if (status !== undefined) return refuse(sagaErrors.COMPENSATED())
    return accept(reply(input), [{ input, status: 'taken' }])
  },
}

const givesBack: CommandHandler<Taking, Taking, Held, Change> = {
  ...shared,
  decide(state, { input }) {
    const status = state.get(`${input.tripId} ${input.what}`)
    if (status === 'given back' || status === 'forbidden') return accept(reply(input))
    return accept(reply(input), [{ input, status: status === 'taken' ? 'given back' : 'forbidden' }])
  },
}

const stateless = { load: async () => null, evolve: () => undefined, save: () => undefined }

const begins: CommandHandler<Booking, Booking, null, never> = {
  ...stateless,
  decide(_, { input }) {
    const { tripId } = input
    const saga = {
      kind: 'start',
      id: sagaIdOf(tripId),
      name: 'trips.trip',
      subject: tripId,
    } as const
    return { ...accept<Booking, never>(reply(input)), saga: { ...saga, input } }
  },
}

const endsWell: CommandHandler<Booking, Booking, null, never> = {
  ...stateless,
  decide(_, { input, call }) {
    const outcome = { kind: 'reply', reply: reply(input) } as const
    const saga: SagaEnd = { kind: 'end', id: call.saga!.id, fence: call.saga!.fence, status: 'completed', outcome }
    return { ...accept<Booking, never>(reply(input)), saga }
  },
}

const endsUndone: CommandHandler<InputOf<typeof trips.operations.abandon>, Booking, null, never> = {
  ...stateless,
  decide(_, { input: { reason, ...trip }, call }) {
    const outcome = { kind: 'error', error: reason as unknown as ErrorJson } as const
    const saga: SagaEnd = { kind: 'end', id: call.saga!.id, fence: call.saga!.fence, status: 'compensated', outcome }
    return { ...accept<Booking, never>(reply(trip)), saga }
  },
}
