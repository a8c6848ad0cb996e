import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createReport, openJournal, planFaults, runChaos, startClientLink } from 'banyan/chaos'
import type { ChaosReport, FaultCounts, System } from 'banyan/chaos'
import { systemClock } from 'banyan/core'
import type { AuditFinding, Workload } from 'banyan/runtime'
import { createShopSystem } from './shop-system.ts'

export interface CampaignOptions {
  readonly workload: Workload
  readonly visits: number
  readonly atOnce: number
  readonly faults: FaultCounts
  readonly topology?: string
  readonly seed?: number
}

/** What `banyan chaos` does, for tests that look at more than its verdict. */
export async function runCampaign(options: CampaignOptions): Promise<ChaosReport> {
  const { workload, visits, topology = 'monolith', seed = 1 } = options
  const folder = await mkdtemp(join(tmpdir(), 'banyan-campaign-'))
  await chmod(folder, 0o755) // the database server runs as another user when this is root
  const dataFolder = join(folder, 'data')
  await using link = await startClientLink(() => system.url, systemClock)
  const witnessPlace = {
    folder: join(folder, 'witness'),
    inherited: process.env,
    appUrl: `http://127.0.0.1:${link.port}`,
    seed,
  }
  await using witness = (await workload.startWitness?.(witnessPlace)) ?? null
  await using system: System = createShopSystem({
    dataFolder,
    logFile: join(folder, 'app.log'),
    topology,
    environment: { ...workload.environment, ...witness?.environment },
  })
  const journalFile = join(folder, 'journal.jsonl')
  const journal = openJournal(journalFile)
  const audit = async () => {
    const { stdout } = await system.command('audit', '--json', '--quiet', '--journal', journalFile)
    return JSON.parse(stdout) as AuditFinding[]
  }
  const faults = planFaults({ seed, visits, atOnce: options.atOnce, faults: options.faults })
  const result = await runChaos({ ...options, system, link, witness, seed, faults, journal, audit, clock: systemClock })
  journal.close()
  await system.stop()
  await witness?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
  const machine = { cpu: '', cores: 1, memoryGb: 1, load: 1, node: process.version }
  const facts = { name: 'a test', date: '', machine, app: 'shop', topology, seed, planned: options.faults }
  return createReport({ ...facts, visits, atOnce: options.atOnce }, result)
}
