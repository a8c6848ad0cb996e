import { join } from 'node:path'
import {
  createSystem,
  standBetweenProcesses,
  startClientLink,
  startOwnBroker,
  startOwnDatabase,
  type FaultCounts,
  type Link,
  type OwnBroker,
  type OwnDatabase,
  type System,
  type TcpProxy,
} from '../chaos/index.ts'
import { systemClock } from '../core/index.ts'
import {
  chooseTopology,
  findRunFolder,
  isSingleProcess,
  type AppDefinition,
  type Witness,
  type Workload,
} from '../runtime/index.ts'
import { usageFault } from './fail.ts'

export interface ChaosSceneOptions {
  readonly app: AppDefinition
  readonly workload: Workload
  readonly folder: string
  readonly seed?: number
  readonly topology: string
  readonly faults: FaultCounts
  /** Whether whom the app deals with runs as a process of its own. */
  readonly witness: boolean
}

/** The app, not started yet, whom it deals with, and the links between all of them. */
export interface ChaosScene extends AsyncDisposable {
  readonly seed: number
  readonly system: System
  readonly link: TcpProxy
  readonly databaseLink: Link | null
  readonly processLink: Link | null
  readonly broker: OwnBroker | null
  readonly witness: Witness | null
}

/** The links stand before the app does: it is told their addresses. @throws when one is to be broken that is not there. */
export async function openChaosScene(options: ChaosSceneOptions): Promise<ChaosScene> {
  const { app, workload, folder, faults, topology } = options
  const seed = options.seed ?? systemClock.now() % 1_000_000
  const dataFolder = join(folder, 'data')
  await using opened = new AsyncDisposableStack()
  const link = opened.use(await startClientLink(() => system.url, systemClock))
  const witness = options.witness ? opened.use(await startWitness(options, { link, seed })) : null
  const database = faults['database-link']
    ? opened.use(await startOwnDatabase(join(folder, 'database'), systemClock))
    : null
  const needsBroker = faults.broker || faults['broker-wipe']
  const broker = needsBroker ? opened.use(await startBroker(folder)) : null
  const environment = {
    ...process.env,
    ...workload.environment,
    ...witness?.environment,
    ...database?.environment,
    ...broker?.environment,
    PORT: '0',
    BANYAN_DATA: dataFolder,
    BANYAN_TOPOLOGY: topology,
  }
  const isFleet = !isSingleProcess(await chooseTopology({ app, environment }))
  if (faults['process-link'] && !isFleet) throw usageFault('--faults', `process-link: '${topology}' is one process.`)
  const processLink = faults['process-link']
    ? opened.use(await standBetweenProcesses(findRunFolder(dataFolder), systemClock))
    : null
  const system: System = opened.use(openSystem({ environment, dataFolder, isFleet, folder, database }))
  const all = opened.move()
  const databaseLink = database?.link ?? null
  return {
    seed,
    system,
    link,
    databaseLink,
    processLink,
    broker,
    witness,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

interface SystemParts {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly dataFolder: string
  readonly isFleet: boolean
  readonly folder: string
  readonly database: OwnDatabase | null
}

function openSystem({ folder, database, ...parts }: SystemParts): System {
  return createSystem({
    ...parts,
    program: [process.execPath, ...process.execArgv, process.argv[1]!],
    ...(database ? { databaseKeeper: database.keeper } : {}),
    logFile: join(folder, 'app.log'),
    clock: systemClock,
  })
}

function startBroker(folder: string): Promise<OwnBroker> {
  return startOwnBroker({ folder: join(folder, 'broker'), inherited: process.env, clock: systemClock })
}

async function startWitness(
  { workload, folder }: ChaosSceneOptions,
  { link, seed }: Pick<ChaosScene, 'link' | 'seed'>,
): Promise<Witness | null> {
  const appUrl = `http://127.0.0.1:${link.port}`
  const place = { folder: join(folder, 'witness'), inherited: process.env, appUrl, seed }
  return (await workload.startWitness?.(place)) ?? null
}
