import { join } from 'node:path'
import {
  createSystem,
  startClientLink,
  type Breakable,
  type FaultCounts,
  type System,
  type TcpProxy,
} from '../../chaos/index.ts'
import { systemClock } from '../../core/index.ts'
import {
  chooseTopology,
  isSingleProcess,
  type AppDefinition,
  type Witness,
  type Workload,
} from '../../runtime/index.ts'
import { openSurroundings } from './chaos-surroundings.ts'

export interface ChaosSceneOptions {
  readonly app: AppDefinition
  readonly workload: Workload
  readonly folder: string
  readonly seed?: number
  readonly topology: string
  readonly orders: number
  readonly faults: FaultCounts
  /** Whether whom the app deals with runs as a process of its own. */
  readonly witness: boolean
}

/** The app, not started yet, whom it deals with, and what stands around them. */
export interface ChaosScene extends AsyncDisposable {
  readonly seed: number
  readonly system: System
  readonly link: TcpProxy
  readonly breakable: Breakable
  readonly witness: Witness | null
}

/** Everything else stands before the app does: it is told where. @throws when something is to be broken that cannot be there. */
export async function openChaosScene(options: ChaosSceneOptions): Promise<ChaosScene> {
  const { app, workload, folder, faults, topology, orders: visits } = options
  const seed = options.seed ?? systemClock.now() % 1_000_000
  const dataFolder = join(folder, 'data')
  const place = { PORT: '0', BANYAN_DATA: dataFolder, BANYAN_TOPOLOGY: topology }
  const isFleet = !isSingleProcess(await chooseTopology({ app, environment: { ...process.env, ...place } }))
  await using opened = new AsyncDisposableStack()
  const link = opened.use(await startClientLink(() => system.url, systemClock))
  const witness = options.witness ? opened.use(await startWitness(options, { link, seed })) : null
  const around = opened.use(await openSurroundings({ folder, dataFolder, faults, visits, isFleet }))
  const settings = { ...workload.environment, ...witness?.environment, ...around.environment }
  const system: System = opened.use(
    createSystem({
      program: [process.execPath, ...process.execArgv, process.argv[1]!],
      environment: { ...process.env, ...settings, ...place },
      dataFolder,
      ...(around.databaseKeeper === undefined ? {} : { databaseKeeper: around.databaseKeeper }),
      isFleet,
      logFile: join(folder, 'app.log'),
      clock: systemClock,
    }),
  )
  const all = opened.move()
  const { breakable } = around
  return { seed, system, link, breakable, witness, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function startWitness(
  { workload, folder }: ChaosSceneOptions,
  { link, seed }: Pick<ChaosScene, 'link' | 'seed'>,
): Promise<Witness | null> {
  const appUrl = `http://127.0.0.1:${link.port}`
  const place = { folder: join(folder, 'witness'), inherited: process.env, appUrl, seed }
  return (await workload.startWitness?.(place)) ?? null
}
