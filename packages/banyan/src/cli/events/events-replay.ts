import { isError } from '../../core/index.ts'
import { eventsErrors, listDeadLetters, replayDeadLetters, type ReplayResult } from '../../events/index.ts'
import type { AppDefinition, RunningProcess } from '../../runtime/index.ts'
import { consumersOf, type PlacedConsumer } from './events-consumers.ts'
import { letterName } from './events-dead.ts'
import { usageFault } from '../terminal/fail.ts'
import { withTools } from '../with-tools.ts'

export interface ReplayCommandOptions {
  readonly consumer?: string
  readonly letter?: string
  readonly all: boolean
  readonly includeSkipped: boolean
}

const MAX_LETTERS = 10_000

/** Applies dead letters and says what became of them; those that fail again go on waiting. */
export async function replay(app: AppDefinition, options: ReplayCommandOptions): Promise<void> {
  checkChoice(options)
  const results = await withTools(app, (running) =>
    options.letter === undefined ? replayMany(running, options) : replayLetter(running, options.letter),
  )
  const replayed = results.reduce((sum, result) => sum + result.replayed, 0)
  const failed = results.flatMap((result) => result.failed)
  process.stdout.write(`${replayed} replayed, ${failed.length} failed again\n`)
  for (const { log, position, error } of failed) process.stdout.write(`${log}:${position} ${error}\n`)
  if (failed.length > 0) process.exitCode = 1
}

function checkChoice({ consumer, letter, all }: ReplayCommandOptions): void {
  if ([consumer !== undefined, letter !== undefined, all].filter(Boolean).length === 1) return
  throw usageFault('events replay', 'name exactly one of --consumer NAME, --letter LETTER or --all.')
}

async function replayMany(running: RunningProcess, options: ReplayCommandOptions): Promise<ReplayResult[]> {
  const results: ReplayResult[] = []
  for (const consumer of consumersOf(running, options.consumer)) {
    results.push(await replayAll(consumer, options.includeSkipped))
  }
  return results
}

async function replayAll(consumer: PlacedConsumer, includeSkipped: boolean): Promise<ReplayResult> {
  try {
    return await replayDeadLetters({ ...consumer, includeSkipped, limit: MAX_LETTERS })
  } catch (error) {
    if (isError(error, eventsErrors.UNKNOWN_DEAD_LETTERS)) return { replayed: 0, failed: [] }
    throw error
  }
}

/** A letter cannot overtake those of its aggregate before it: they are replayed with it, in order. */
async function replayLetter(running: RunningProcess, name: string): Promise<ReplayResult[]> {
  for (const consumer of consumersOf(running, consumerOfLetter(name))) {
    const letters = await listDeadLetters(consumer.database, { consumer: consumer.definition.name }, MAX_LETTERS)
    const letter = letters.find((one) => letterName(one) === name)
    if (!letter) continue
    const { log, aggregateId, position, status } = letter
    const includeSkipped = status === 'skipped'
    const upToIt = letters.filter(
      (one) =>
        one.log === log &&
        one.aggregateId === aggregateId &&
        one.position <= position &&
        (includeSkipped || one.status !== 'skipped'),
    )
    return [await replayDeadLetters({ ...consumer, log, aggregateId, includeSkipped, limit: upToIt.length })]
  }
  throw usageFault('--letter', `there is no dead letter ${JSON.stringify(name)}. List them with: banyan events dead`)
}

function consumerOfLetter(name: string): string {
  const at = name.lastIndexOf('@')
  if (at > 0) return name.slice(0, at)
  throw usageFault('--letter', `it looks like notifications.mail@orders/0/1:42, got ${JSON.stringify(name)}.`)
}
