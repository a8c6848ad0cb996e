import { BanyanError, coreErrors, createOwnedId } from '../../core/index.ts'
import { principalId, type Call, type Reply } from '../../contract/index.ts'
import type { Database } from '../../data/index.ts'
import { afterCommit } from './after-commit.ts'
import { createBatcher, type Batcher } from './batcher.ts'
import { whenBusy } from './busy.ts'
import { carryOut } from '../transaction/carry-out.ts'
import type { Entry, Result } from '../transaction/entry.ts'
import { identify, type Identity } from './identity.ts'
import type { LaneOptions } from './lane-options.ts'
import type { CommandRunnerOptions } from '../runner-options.ts'
import type { Outcome } from '../saga-hooks.ts'
import { createTwins } from './twins.ts'

/** One operation's way into the database: twins join, then batches form, one queue per shard. */
export interface Lane {
  call(input: unknown, call: Call): Promise<Reply>
  drain(): Promise<void>
}

export function createLane(lane: LaneOptions): Lane {
  const { runner } = lane
  const twins = createTwins<Settled>()
  const batchers = new Map<Database, Batcher<Entry>>()

  return {
    async call(input, call) {
      const identity = identify(lane, input, call)
      const settled = await twins.join(identity.name, identity.fingerprint, () => settle(identity, input, call))
      return answer(lane, { ...settled, input }, call)
    },
    async drain() {
      await Promise.all([...batchers.values()].map((batcher) => batcher.drain()))
    },
  }

  async function settle(identity: Identity, input: unknown, call: Call): Promise<Settled> {
    const precomputed: unknown = await lane.handler.precompute?.(input, call)
    const shardKey = lane.operation.shardKey?.(input as never) ?? UNSHARDED
    const database = runner.shards.shard(shardKey)
    const attempt = () => enqueue(batcherOf(database), { identity, input, precomputed, shardKey, call })
    return { database, result: await whenBusy(attempt, { call, clock: runner.clock, random: runner.random }) }
  }

  function enqueue(batcher: Batcher<Entry>, parts: EntryParts): Promise<Result> {
    return new Promise((resolve, reject) => {
      const { signal } = parts.call
      const entry = createEntry(runner, parts, finish)
      const giveUp = () => {
        if (!batcher.remove(entry)) return // It is at the database: its outcome will be known.
        finish({ kind: 'failed', error: coreErrors.QUEUE_TIMEOUT({}, { cause: signal.reason }) })
      }
      function finish(result: Result): void {
        signal.removeEventListener('abort', giveUp)
        resolve(result)
      }
      if (signal.aborted) return reject(coreErrors.QUEUE_TIMEOUT({}, { cause: signal.reason }))
      try {
        batcher.add(entry)
        signal.addEventListener('abort', giveUp, { once: true })
      } catch (error) {
        reject(error)
      }
    })
  }

  function batcherOf(database: Database): Batcher<Entry> {
    const known = batchers.get(database)
    if (known) return known
    const batcher = createBatcher<Entry>({
      name: `The queue of ${lane.id}`,
      gate: runner.gate,
      maxItems: runner.maxBatch,
      maxQueued: runner.maxQueued,
      run: (entries) => carryOut(lane, database, entries),
    })
    batchers.set(database, batcher)
    return batcher
  }
}

interface Settled {
  readonly database: Database
  readonly result: Result
}

async function answer(
  { runner, handler }: LaneOptions,
  settled: Settled & { readonly input: unknown; readonly joined?: boolean },
  call: Call,
): Promise<Reply> {
  const { result, database, input } = settled
  if (result.kind === 'failed') throw result.error
  if (result.kind === 'busy') throw coreErrors.KEY_IN_USE()
  const replayed = settled.joined === true || result.replayed
  if (result.replayed) await runner.onRecall?.(database)
  if (result.kind === 'final') return toReply(result.outcome, replayed)
  const outcome = await runner.sagas!.answer(database, result.sagaId, call)
  if (!outcome) return { ...result.acceptance, pending: true, replayed }
  const told = handler.finish ? await afterCommit(handler.finish(database, input, outcome)) : outcome
  return toReply(told, replayed)
}

function toReply(outcome: Outcome, replayed: boolean): Reply {
  if (outcome.kind === 'error') throw new BanyanError(outcome.error, { replayed })
  return { ...outcome.reply, replayed }
}

interface EntryParts {
  readonly identity: Identity
  readonly input: unknown
  readonly precomputed: unknown
  readonly shardKey: string
  readonly call: Call
}

function createEntry(options: CommandRunnerOptions, parts: EntryParts, settle: (result: Result) => void): Entry {
  const { identity, input, precomputed, shardKey, call } = parts
  return {
    // The platform's own calls (saga steps) serve many users; a quarter of the queue would throttle them all.
    caller: call.principal.kind === 'service' ? null : principalId(call.principal),
    bytes: identity.bytes,
    shardKey,
    claim: identity.claim,
    lock: identity.lock,
    settle,
    item: {
      input,
      precomputed,
      call,
      now: new Date(options.clock.now()).toISOString(),
      newId: (prefix, userId) => createOwnedId(prefix, userId, options.random),
    },
  }
}

const UNSHARDED = '0'
