import type { Static } from 'typebox'
import type { SagaHooks } from '../../command/index.ts'
import type { Wire } from '../../contract/index.ts'
import { noFaults, parseOptions, type Clock, type FaultPoints, type Random, Type } from '../../core/index.ts'
import type { Database, Shards } from '../../data/index.ts'
import { createTracer, type Logger, type Tracer } from '../../observe/index.ts'
import { createActor, type Actor } from './actor.ts'
import type { SagaDefinition } from '../definition.ts'
import { createDefinitions, type Definitions } from '../definitions.ts'
import { createLease, type Lease } from '../lease.ts'
import type { RunningSaga } from '../record.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import * as store from '../saga-store.ts'
import { Superseded } from './step-call.ts'
import { createSweep } from './sweep.ts'
import { createTurns } from './turns.ts'
import { createWaiters } from './waiters.ts'
import { createWaits } from './waits.ts'

const Limits = Type.Object(
  {
    /** Sagas this process acts for at once; more wait in the database. Default 5,000. */
    maxRunning: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
    /** Deadline of one attempt of a step. Default 5,000. */
    attemptTimeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 600_000 })),
    /** Attempts of a step before the saga needs attention. Default 70, about ten minutes. */
    maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
    /** How long a process may be silent before its sagas are taken over. Default 3,000. */
    leaseMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 600_000 })),
    /** Between two looks for orphans, and two renewals of the lease. Default 1,000. */
    sweepMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 60_000 })),
  },
  { additionalProperties: false },
)

export interface SagaEngineOptions {
  /** The service that owns the sagas; steps are called in its name. */
  readonly service: string
  /** Unique among living processes; the same at the next start lets it take over its own sagas at once. */
  readonly processName: string
  readonly definitions: readonly SagaDefinition[]
  readonly shards: Shards
  readonly wire: Wire
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Default: one that keeps nothing. */
  readonly tracer?: Tracer
  /** Default: none. */
  readonly faults?: FaultPoints
  readonly limits?: Static<typeof Limits>
  /** Called before an end that another process may have brought about is told. Default: nothing is done. */
  readonly onRecall?: (database: Database) => Promise<void>
}

export interface SagaEngine {
  /** For the command runner of the owning service. */
  readonly hooks: SagaHooks
  /** Takes the leases, takes over what is orphaned and goes on doing so. */
  start(): Promise<void>
  /** Stops acting at the next step, then gives the leases back: another process goes on at once. */
  stop(): Promise<void>
  /** How many sagas this process acts for. */
  running(): number
}

export function createSagaEngine(options: SagaEngineOptions): SagaEngine {
  const { clock, logger, processName, faults = noFaults } = options
  const limits = parseOptions(`saga engine of ${options.service}`, Limits, options.limits ?? {})
  const definitions = createDefinitions(options.service, options.definitions)
  const running = new Map<string, RunningSaga>()
  const leases = createLeases(options, limits.leaseMs)
  const stopping = new AbortController()
  const leaseOf = ({ database }: Pick<RunningSaga, 'database'>) => leases.get(database)!
  const nowMs = (saga: RunningSaga) => leaseOf(saga).databaseNowMs()
  const recorder = createRecorder({ clock, logger, processName, nowMs, running })
  const stepCaller = {
    ...options,
    faults,
    tracer: options.tracer ?? createTracer({ ...options, sinks: [] }),
    principal: { kind: 'service', name: options.service } as const,
    waits: createWaits(clock),
    signal: stopping.signal,
    leaseOf,
    note: recorder.note,
    attemptTimeoutMs: limits.attemptTimeoutMs ?? 5_000,
    maxAttempts: limits.maxAttempts ?? 70,
  }
  const { maxRunning = 5_000, sweepMs: intervalMs = 1_000 } = limits
  const actor = createActor({ definitions, running, maxRunning, recorder, turns: createTurns(), stepCaller, logger })
  const sweep = createSweep({
    leases,
    logger,
    clock,
    faults,
    intervalMs,
    names: definitions.names,
    running,
    adopt: actor.adopt,
  })

  return {
    hooks: createHooks({ ...options, definitions, leases, recorder, actor, running }),
    async start() {
      await sweep.start()
      recorder.start()
    },
    async stop() {
      // First, while it still acts for them: whoever takes them over goes on with their timelines.
      await recorder.stop()
      stopping.abort(new Superseded('the process is stopping'))
      await sweep.stop()
      await Promise.all([...running.values()].map((saga) => saga.done))
      await faults.reach('drain.sagas-stopped')
      await Promise.all([...leases.values()].map((lease) => lease.release()))
      await faults.reach('drain.leases-released')
    },
    running: () => running.size,
  }
}

function createLeases(options: SagaEngineOptions, durationMs?: number): Map<Database, Lease> {
  const { shards, processName: name, clock } = options
  return new Map(shards.all().map((database) => [database, createLease({ database, name, clock, durationMs })]))
}

interface HookParts extends Pick<SagaEngineOptions, 'onRecall'> {
  readonly definitions: Definitions
  readonly leases: ReadonlyMap<Database, Lease>
  readonly recorder: Recorder
  readonly actor: Actor
  readonly running: ReadonlyMap<string, RunningSaga>
  readonly clock: Clock
}

function createHooks({ definitions, leases, recorder, actor, running, clock, onRecall }: HookParts): SagaHooks {
  const waiters = createWaiters(clock)
  return {
    lock: store.lockSagas,
    begin(tx, database, starts) {
      const lease = leases.get(database)!
      const nowMs = lease.databaseNowMs()
      store.insertSagas(
        tx,
        lease.owner,
        starts.map((start) => definitions.begin(start, nowMs)),
      )
    },
    end(tx, ends) {
      const finished = ends.map((end) => ({ ...end, timeline: recorder.take(end.id) }))
      store.endSagas(tx, finished)
    },
    committed(database, sagas) {
      const nowMs = leases.get(database)!.databaseNowMs()
      for (const saga of sagas) {
        if (saga.kind === 'end') waiters.ended(saga.id, saga.outcome)
        else actor.begin(database, definitions.begin(saga, nowMs))
      }
    },
    answer: (database, id, limits) =>
      waiters.wait(id, limits, { isLocal: () => running.has(id), look: () => findOutcome(database, id) }),
  }

  async function findOutcome(database: Database, id: string) {
    const outcome = await store.findOutcome(database, id)
    if (outcome) await onRecall?.(database)
    return outcome
  }
}
