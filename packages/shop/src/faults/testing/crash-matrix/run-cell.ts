import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient, type Journal, type System } from 'banyan/chaos'
import { systemClock, systemRandom } from 'banyan/core'
import type { AuditFinding } from 'banyan/runtime'
import { logInCustomer } from '../../../chaos/people.ts'
import { createShopSystem } from '../shop-system.ts'
import type { CrashRow } from './rows.ts'
import { playStory } from './story.ts'

/** Where all cells of a topology run, one after another: what one crash leaves, the next must carry on with. */
export interface CellPlace {
  readonly topology: string
  readonly folder: string
  readonly journal: Journal
  readonly journalFile: string
  readonly natsUrl: string | null
}

export interface CrashOutcome {
  readonly topology: string
  readonly point: string
  readonly subject: string | null
  /** The process that died there: its own words, written before it died. `null`: the point was not reached. */
  readonly died: string | null
  /** From its death until every request of the story had its final answer, milliseconds. */
  readonly resumedMs: number | null
  /** What was wrong afterwards, in sentences; empty: orders ended as they must and the audit found nothing. */
  readonly faults: readonly string[]
}

/** Starts the shop armed, lets it die, lets it go on, looks at what is left. `number` chooses the customer. */
export async function runCell(place: CellPlace, row: CrashRow, number: number): Promise<CrashOutcome> {
  const dataFolder = join(place.folder, 'data')
  await rm(join(dataFolder, 'faults'), { recursive: true, force: true })
  await using system = openSystem(place, row, dataFolder)
  const keeper = keepStarted(system)
  const faults: string[] = []
  try {
    await keeper.start()
    await play(place, { system, row, number })
    if (row.drive === 'stop') {
      await keeper.stop()
      await keeper.start()
    }
    faults.push(...(await audit(system, place.journalFile)))
  } catch (error) {
    faults.push((error as Error).message)
  }
  const endedMs = systemClock.now()
  await keeper.stop()
  const proof = await readProof(join(dataFolder, 'faults'), row)
  const { topology } = place
  const { point, subject } = row
  const resumedMs = proof && row.drive !== 'stop' ? endedMs - Date.parse(proof.at) : null
  const missing = proof === null ? ['the point was not reached'] : []
  return { topology, point, subject, died: proof?.process ?? null, resumedMs, faults: [...missing, ...faults] }
}

function openSystem({ topology, folder, natsUrl }: CellPlace, row: CrashRow, dataFolder: string): System {
  const broker = row.needsBroker && natsUrl !== null ? { NATS_URL: natsUrl } : {}
  const environment = { BANYAN_FAULTS: row.faults, ...broker }
  return createShopSystem({ dataFolder, logFile: join(folder, 'app.log'), topology, environment })
}

/** What a supervisor of the machine would do: starts it again whenever it dies. */
function keepStarted(system: System) {
  let isWanted = false
  return {
    async start() {
      isWanted = true
      await startUntilReady(system)
      void watch()
    },
    async stop() {
      isWanted = false
      await system.stop()
    },
  }

  async function watch(): Promise<void> {
    await system.ended
    if (!isWanted) return
    await startUntilReady(system)
    void watch()
  }
}

/** It dies once for each fault that is armed, and two are the most. */
const MAX_STARTS = 4

async function startUntilReady(system: System): Promise<void> {
  for (let start = 1; ; start++) {
    try {
      return await system.start()
    } catch (error) {
      if (start === MAX_STARTS) throw error
    }
  }
}

interface Played {
  readonly system: System
  readonly row: CrashRow
  readonly number: number
}

async function play({ journal, topology }: CellPlace, { system, row, number }: Played): Promise<void> {
  const client = createClient({ urlOf: () => system.url, journal, clock: systemClock, random: systemRandom })
  const buyer = await logInCustomer(client, number)
  await playStory(client, buyer, `${topology} ${row.faults}`)
}

async function audit(system: System, journalFile: string): Promise<string[]> {
  const { stdout, output } = await system.command('audit', '--json', '--journal', journalFile)
  if (!stdout.startsWith('[')) return [`the audit did not come to an end: ${output}`]
  const findings = JSON.parse(stdout) as AuditFinding[]
  return findings
    .filter(({ verdict }) => verdict === 'broken')
    .flatMap(({ invariant, rows }) => rows.map((text) => `${invariant}: ${text}`))
}

async function readProof(folder: string, { faults }: CrashRow): Promise<{ process: string; at: string } | null> {
  const place = faults.split(';').length
  // Not there: nothing has died.
  const text = await readFile(join(folder, String(place)), 'utf8').catch(() => null)
  return text === null ? null : (JSON.parse(text) as { process: string; at: string })
}
