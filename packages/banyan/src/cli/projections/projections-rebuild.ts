import { systemClock, systemRandom } from '../../core/index.ts'
import { rebuildProjection, type RebuildResult } from '../../events/index.ts'
import { logName, type LogSource } from '../../log/index.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { printJson } from '../terminal/output.ts'
import { projectionsOf, type PlacedProjection } from './projections-find.ts'
import { commandLogger, withTools } from '../with-tools.ts'

export interface RebuildCommandOptions {
  readonly compare: boolean
  readonly resume: boolean
  readonly json: boolean
}

const PROGRESS_MS = 1_000

/** Progress goes to standard error, the result to standard output: one line a database. */
export async function rebuild(app: AppDefinition, name: string, options: RebuildCommandOptions): Promise<void> {
  const results = await withTools(app, async (running) => {
    const done: RebuildResult[] = []
    for (const placed of projectionsOf(running, name)) done.push(await rebuildOne(placed, options))
    return done
  })
  if (options.json) printJson(results)
  else for (const result of results) process.stdout.write(describe(name, result))
  if (options.compare && results.some(({ differences }) => differences > 0)) process.exitCode = 1
}

async function rebuildOne(
  { projection, database, sources }: PlacedProjection,
  { compare, resume }: RebuildCommandOptions,
): Promise<RebuildResult> {
  using progress = await showProgress(sources)
  return await rebuildProjection({
    projection,
    database,
    sources: progress.sources,
    clock: systemClock,
    random: systemRandom,
    logger: commandLogger(process.env),
    resume,
    swap: !compare,
  })
}

function describe(name: string, { rows, differences, examples, swapped, durationMs }: RebuildResult): string {
  const fate = swapped ? 'swapped in' : 'only compared'
  const lines = [
    `${name}: ${rows} rows rebuilt, ${differences} differ from the live ones, ${fate}, ${Math.round(durationMs)} ms`,
    ...examples.map((example) => `  ${example}`),
  ]
  return `${lines.join('\n')}\n`
}

/** Watches how far each log is read, and says so once a second. */
async function showProgress(sources: readonly LogSource[]) {
  const readTo = new Map(sources.map((source) => [logName(source.log), 0]))
  const ends = await Promise.all(sources.map((source) => source.watermark()))
  const watched = sources.map((source) => watch(source, (position) => readTo.set(logName(source.log), position)))
  let cancel = systemClock.schedule(PROGRESS_MS, tell)
  return { sources: watched, [Symbol.dispose]: () => cancel() }

  function tell(): void {
    const places = [...readTo].map(([log, position], at) => `${log} ${position} of ${ends[at]}`)
    process.stderr.write(`read ${places.join(', ')}\n`)
    cancel = systemClock.schedule(PROGRESS_MS, tell)
  }
}

function watch(source: LogSource, onRead: (position: number) => void): LogSource {
  return {
    log: source.log,
    async read(after, limit) {
      const events = await source.read(after, limit)
      const last = events.at(-1)
      if (last) onRead(last.position)
      return events
    },
    watermark: () => source.watermark(),
    onAppend: (wake) => source.onAppend(wake),
  }
}
