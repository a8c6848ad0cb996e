import { isKeyed, fingerprintOf, lockNumber, scopeOf, canonicalJson } from './fingerprint.ts'
import {
  BanyanError,
  coreErrors,
  createOwnedId,
  isDeclared,
  randomText,
  type Clock,
  type Random,
} from '../core/index.ts'
import { principalId, type Call, type Command, type Reply } from '../contract/index.ts'
import type { Database, Shards } from '../data/index.ts'
import type { Logger } from '../observe/index.ts'
import { createBatcher, type Batcher } from './batcher.ts'
import type { Entry, KeyClaim, Result } from './entry.ts'
import { inThreeParts, toSettle } from './effect.ts'
import type { AnyCommandHandler, AnyEffectHandler } from './operation.ts'
import type { SagaHooks } from './saga-hooks.ts'
import { runBatch } from './transaction.ts'
import { createTwins } from './twins.ts'
import { whenBusy } from './busy.ts'

export interface CommandRunnerOptions {
  readonly shards: Shards
  /** Keys the fingerprints: at least 32 bytes, the same in every process of the service. */
  readonly fingerprintSecret: Buffer
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** `null`: this service owns no sagas. */
  readonly sagas: SagaHooks | null
  /** Called after each commit that appended events. */
  readonly onAppend: (database: Database) => void
  /** How long an idempotency key is remembered, milliseconds. Default 24 h. */
  readonly retentionMs?: number
  /** Most commands waiting for a batch, per operation and shard. Default 4,096. */
  readonly maxQueued?: number
  /** Most commands in one batch. Default 128. */
  readonly maxBatch?: number
}

export type RunningOperation<Input = never, Output = unknown> = (input: Input, call: Call) => Promise<Reply<Output>>

export interface CommandRunner {
  /** Turns a handler into the function that carries out this operation, one call at a time for whoever calls. */
  command<Input, Output>(
    id: string,
    operation: Command,
    handler: AnyCommandHandler<Input, Output>,
  ): RunningOperation<Input, Output>
  /** The same for an operation whose effect lies outside the database: prepare, perform, settle. */
  effect<Input, Output>(
    id: string,
    operation: Command,
    handler: AnyEffectHandler<Input, Output>,
  ): RunningOperation<Input, Output>
  /** Resolves once no batch waits or runs. */
  drain(): Promise<void>
}

/** The command transaction: every command of a service goes through here, whoever sends it and however often. */
export function createCommandRunner(options: CommandRunnerOptions): CommandRunner {
  const batchers: Batcher<Entry>[] = []
  const lane = (id: string, operation: Command, handler: AnyCommandHandler<never, unknown>) =>
    createLane(options, { id, operation, handler, batchers }) as RunningOperation<never, never>
  return {
    command: (id, operation, handler) => lane(id, operation, handler as never),
    effect(id, operation, handler) {
      const prepare = lane(`${id}#prepare`, operation, handler.prepare as never)
      // The key was claimed by `prepare`; from there on the domain row is the outcome.
      const settle = lane(`${id}#settle`, toSettle(operation), handler.settle as never)
      return inThreeParts({ prepare, perform: handler.perform, settle }) as RunningOperation<never, never>
    },
    async drain() {
      await Promise.all(batchers.map((batcher) => batcher.drain()))
    },
  }
}

interface LaneOptions {
  readonly id: string
  readonly operation: Command
  readonly handler: AnyCommandHandler<never, unknown>
  /** Filled with the lane's batchers, one per database. */
  readonly batchers: Batcher<Entry>[]
}

/** One operation's way into the database: twins join, then batches form per shard. */
function createLane(options: CommandRunnerOptions, lane: LaneOptions) {
  const twins = createTwins<Settled>()
  const byDatabase = new Map<Database, Batcher<Entry>>()

  async function call(input: unknown, call: Call): Promise<Reply> {
    const identity = identify(options, lane, input, call)
    const settled = await twins.join(identity.name, identity.claim?.fingerprint ?? null, () =>
      settle(identity, input, call),
    )
    return answer(options, settled, call)
  }

  async function settle(identity: Identity, input: unknown, call: Call): Promise<Settled> {
    const prepared: unknown = await lane.handler.prepare?.(input as never, call)
    const shardKey = shardKeyOf(lane.operation, input)
    const database = options.shards.shard(shardKey)
    const attempt = () => enqueue(database, { identity, input, prepared, shardKey, call })
    return { database, result: await whenBusy(attempt, { call, clock: options.clock, random: options.random }) }
  }

  function enqueue(database: Database, parts: EntryParts): Promise<Result> {
    return new Promise((resolve, reject) => {
      const entry = createEntry(options, parts, finish)
      const giveUp = () => {
        if (batcher.remove(entry))
          finish({ kind: 'failed', error: coreErrors.QUEUE_TIMEOUT({}, { cause: parts.call.signal.reason }) })
      }
      function finish(result: Result): void {
        parts.call.signal.removeEventListener('abort', giveUp)
        resolve(result)
      }
      const batcher = batcherOf(database)
      try {
        batcher.add(entry)
      } catch (error) {
        return reject(error)
      }
      parts.call.signal.addEventListener('abort', giveUp, { once: true })
    })
  }

  function batcherOf(database: Database): Batcher<Entry> {
    const known = byDatabase.get(database)
    if (known) return known
    const batcher = createBatcher<Entry>({
      name: `The queue of ${lane.id}`,
      maxItems: options.maxBatch,
      maxQueued: options.maxQueued,
      run: (entries) => carryOut(options, lane, database, entries),
    })
    byDatabase.set(database, batcher)
    lane.batchers.push(batcher)
    return batcher
  }

  return call
}

/** A batch, and if it fails for an undeclared reason each of its items alone, so that only the guilty one fails. */
async function carryOut(
  options: CommandRunnerOptions,
  lane: LaneOptions,
  database: Database,
  entries: readonly Entry[],
): Promise<void> {
  try {
    await commit(options, lane, database, entries)
  } catch (error) {
    if (entries.length > 1 && !isDeclared(error)) {
      options.logger.warn({ operation: lane.id, items: entries.length, error }, 'batch failed; each item runs alone')
      for (const entry of entries) await carryOut(options, lane, database, [entry])
      return
    }
    const declared = isDeclared(error) ? error : coreErrors.INTERNAL({}, { cause: error })
    for (const entry of entries) entry.settle({ kind: 'failed', error: declared })
  }
}

async function commit(
  options: CommandRunnerOptions,
  lane: LaneOptions,
  database: Database,
  entries: readonly Entry[],
): Promise<void> {
  const batch = { database, handler: lane.handler, sagas: options.sagas, retentionMs: options.retentionMs ?? DAY_MS }
  const { results, appended, sagas } = await runBatch(batch as never, entries)
  if (sagas.length > 0) options.sagas!.committed(database, sagas)
  if (appended) options.onAppend(database)
  for (const [index, entry] of entries.entries()) entry.settle(results[index]!)
}

interface Settled {
  readonly database: Database
  readonly result: Result
}

async function answer(
  options: CommandRunnerOptions,
  settled: Settled & { joined?: boolean },
  call: Call,
): Promise<Reply> {
  const { result, database } = settled
  const replayed = (settled.joined ?? false) || ('replayed' in result && result.replayed)
  if (result.kind === 'failed') throw result.error
  if (result.kind === 'busy') throw coreErrors.KEY_IN_USE()
  const outcome =
    result.kind === 'final'
      ? result.outcome
      : await options.sagas!.answer(database, result.sagaId, call.waitMs, call.signal)
  if (outcome === null) return { ...(result as Result & { kind: 'saga' }).acceptance, pending: true, replayed }
  if (outcome.kind === 'error') throw withReplay(new BanyanError(outcome.error), replayed)
  return { ...outcome.reply, replayed }
}

/** The gateway marks a repeated refusal like a repeated success. */
function withReplay(error: BanyanError, replayed: boolean): BanyanError {
  return Object.assign(error, { replayed })
}

interface Identity {
  /** Equal for twins. */
  readonly name: string
  readonly claim: KeyClaim | null
  readonly lock: string
  readonly bytes: number
}

function identify(options: CommandRunnerOptions, lane: LaneOptions, input: unknown, call: Call): Identity {
  const key = call.key ?? randomText(options.random)
  const scope = scopeOf(lane.id, lane.operation, input as object, call)
  const name = `${scope} ${key}`
  // A saga's attempts exclude each other by the saga, so that its fence cannot move while a step commits.
  const lock = lockNumber(call.saga ? call.saga.id : name)
  if (!isKeyed(lane.operation)) return { name, claim: null, lock, bytes: 0 }
  const canonical = canonicalJson(input)
  const fingerprint = fingerprintOf(options.fingerprintSecret, canonical)
  return { name, claim: { scope, key, fingerprint }, lock, bytes: canonical.length }
}

interface EntryParts {
  readonly identity: Identity
  readonly input: unknown
  readonly prepared: unknown
  readonly shardKey: string
  readonly call: Call
}

function createEntry(options: CommandRunnerOptions, parts: EntryParts, settle: (result: Result) => void): Entry {
  const { identity, input, prepared, shardKey, call } = parts
  return {
    caller: call.principal.kind === 'service' ? null : principalId(call.principal),
    bytes: identity.bytes,
    shardKey,
    claim: identity.claim,
    lock: identity.lock,
    settle,
    item: {
      input,
      prepared,
      call,
      now: new Date(options.clock.now()).toISOString(),
      newId: (prefix, userId) => createOwnedId(prefix, userId, options.random),
    },
  }
}

function shardKeyOf(operation: Command, input: unknown): string {
  return operation.shardKey ? operation.shardKey(input as never) : UNSHARDED
}

const UNSHARDED = '0'
const DAY_MS = 86_400_000
