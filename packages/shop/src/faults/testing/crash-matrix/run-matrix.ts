import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from 'banyan/chaos'
import { startTestNats } from 'banyan/testing'
import type { CrashRow } from './rows.ts'
import { runCell, type CrashOutcome } from './run-cell.ts'

export interface MatrixOptions {
  readonly topology: string
  readonly rows: readonly CrashRow[]
  readonly onOutcome?: (outcome: CrashOutcome) => void
}

/** One topology's column: a shop that dies at one point after another, on the same data. */
export async function runMatrix({ topology, rows, onOutcome }: MatrixOptions): Promise<readonly CrashOutcome[]> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-crash-'))
  await chmod(folder, 0o755) // the database server runs as another user when this is root
  await using nats = rows.some(({ needsBroker }) => needsBroker) ? await startTestNats() : null
  const journalFile = join(folder, 'journal.jsonl')
  const journal = openJournal(journalFile)
  const place = { topology, folder, journal, journalFile, natsUrl: nats?.url ?? null }
  const outcomes: CrashOutcome[] = []
  for (const [index, row] of rows.entries()) {
    outcomes.push(await runCell(place, row, index + 1))
    onOutcome?.(outcomes.at(-1)!)
  }
  journal.close()
  await rm(folder, { recursive: true, force: true })
  return outcomes
}
