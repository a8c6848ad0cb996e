import { createSeededRandom, type Clock } from '../core/index.ts'
import type { AuditFinding, Judgement, OpenWorkload, Witness, Workload } from '../runtime/index.ts'
import { createClient, type CountingClient } from './client.ts'
import { waitFor } from './wait-for.ts'
import type { Scene } from './faults/fault.ts'
import { injectFaults, type Injected, type InjectedFault } from './inject.ts'
import type { Journal } from './journal.ts'
import { startLoad, type Load } from './load.ts'
import { memoryOf } from './processes.ts'
import type { PlannedFault } from './schedule.ts'
import type { System } from './system.ts'
import type { TcpProxy } from './network/tcp-proxy.ts'

/** What stands around the app, for faults to break. */
export type Breakable = Pick<Scene, 'databaseLink' | 'processLink' | 'broker' | 'partition' | 'disk' | 'clocks'>

const NOTHING: Breakable = {
  databaseLink: null,
  processLink: null,
  broker: null,
  partition: null,
  disk: null,
  clocks: null,
}

export interface ChaosOptions {
  readonly system: System
  /** Through which clients come. */
  readonly link: TcpProxy
  /** Default: nothing but the app can be broken. */
  readonly breakable?: Partial<Breakable>
  readonly workload: Workload
  /** `null`: whom the app deals with is part of the app. */
  readonly witness: Witness | null
  readonly seed: number
  readonly visits: number
  /** Visits under way at once. */
  readonly atOnce: number
  readonly faults: readonly PlannedFault[]
  readonly journal: Journal
  /** `banyan audit` with everything that it can be given. */
  readonly audit: (opened: OpenWorkload) => Promise<readonly AuditFinding[]>
  readonly clock: Clock
  /** Each second. */
  readonly onProgress?: (progress: Progress) => void
  readonly onFault?: (fault: InjectedFault) => void
}

export interface Progress {
  readonly load: Load
  readonly faults: number
  readonly elapsedMs: number
}

export interface ChaosResult {
  readonly load: Load
  readonly injected: Injected
  readonly judgement: Judgement
  readonly audit: readonly AuditFinding[]
  readonly requests: number
  /** From the last final answer until nothing was on its way. */
  readonly quietMs: number
  /** What was still on its way when the time was up. */
  readonly open: readonly string[]
  readonly loadMs: number
  readonly memoryMb: number
}

/** As long as an order may stay open after faults have ended (I1). */
export const QUIET_LIMIT_MS = 30_000

/** Starts the app, sends visits while one fault follows another, waits for quiet, and looks at what is left. */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { system, link, breakable = {}, workload, clock, seed, visits } = options
  await system.start()
  const random = createSeededRandom(seed)
  const failed = new AbortController()
  const { signal } = failed
  const urlOf = () => `http://127.0.0.1:${link.port}`
  const client = createClient({ urlOf, journal: options.journal, clock, random, signal })
  const opened = await workload.open({ client, visits, seed, clock })
  const load = startLoad({ workload: opened, visits, atOnce: options.atOnce, clock, signal })
  const beganAtMs = clock.monotonicMs()
  const counted = { faults: 0 }
  const stopTelling = tellProgress(options, { load, counted })
  const onFault = (fault: InjectedFault) => {
    counted.faults++
    options.onFault?.(fault)
  }
  const [injected] = await Promise.all([
    // Without the faults the visits show nothing, and an app that did not come back would keep them waiting for minutes.
    injectFaults({ ...options, ...NOTHING, ...breakable, client, load, onFault }).catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
    load.run(),
  ]).finally(stopTelling)
  const loadMs = clock.monotonicMs() - beganAtMs
  return { load, injected, loadMs, ...(await lookBack(options, { client, opened })) }
}

interface Telling {
  readonly load: Load
  readonly counted: { faults: number }
}

function tellProgress({ clock, onProgress }: ChaosOptions, { load, counted }: Telling): () => void {
  const beganAtMs = clock.monotonicMs()
  let cancel = () => {}
  const tell = () => {
    onProgress?.({ load, faults: counted.faults, elapsedMs: clock.monotonicMs() - beganAtMs })
    cancel = clock.schedule(1_000, tell)
  }
  tell()
  return () => cancel()
}

interface Opened {
  readonly client: CountingClient
  readonly opened: OpenWorkload
}

async function lookBack(options: ChaosOptions, { client, opened }: Opened) {
  const { clock, system } = options
  const fromMs = clock.monotonicMs()
  let open = await opened.findOpen()
  const isOver = () => clock.monotonicMs() - fromMs > QUIET_LIMIT_MS
  await waitFor({ clock, what: 'quiet', limitMs: Infinity }, async () => {
    if (open.length > 0 && !isOver()) open = await opened.findOpen()
    return open.length === 0 || isOver() || null
  })
  const quietMs = clock.monotonicMs() - fromMs
  const { complaints, figures } = await opened.judge()
  const judgement = { complaints, figures: { ...figures, ...(await options.witness?.figures()) } }
  const processes = await system.processes()
  const memory = await Promise.all(processes.map(({ processId }) => memoryOf(processId)))
  const audit = await auditWhileRead(options, opened)
  return {
    open,
    quietMs,
    judgement,
    audit,
    requests: client.requests,
    memoryMb: memory.reduce((sum, one) => sum + one, 0),
  }
}

/** Answers are kept for seconds, and an audit takes some to begin. */
async function auditWhileRead({ audit, clock }: ChaosOptions, opened: OpenWorkload): Promise<readonly AuditFinding[]> {
  const over = new AbortController()
  const reading = readOn()
  try {
    return await audit(opened)
  } finally {
    over.abort()
    await reading
  }

  async function readOn(): Promise<void> {
    while (!over.signal.aborted) {
      await opened.browse?.()
      await clock.sleep(BROWSE_EACH_MS)
    }
  }
}

const BROWSE_EACH_MS = 500
