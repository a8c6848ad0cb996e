import { join } from 'node:path'
import {
  mountSmallDisk,
  openClocks,
  standBetweenProcesses,
  startOwnBroker,
  startOwnDatabase,
  type Breakable,
  type FaultCounts,
  type OwnBroker,
  type OwnDatabase,
  type SmallDisk,
} from '../../chaos/index.ts'
import { systemClock } from '../../core/index.ts'
import { findRunFolder } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'

export interface SurroundingsOptions {
  /** Of the campaign. */
  readonly folder: string
  /** Of the app. */
  readonly dataFolder: string
  readonly faults: FaultCounts
  readonly visits: number
  readonly isFleet: boolean
}

/** What the campaign puts around the app because a fault asks for it: servers, links, a disk, clocks. */
export interface Surroundings extends AsyncDisposable {
  /** Settings by which the app comes to use them. */
  readonly environment: Readonly<Record<string, string>>
  readonly breakable: Breakable
  /** Whose child the database server is. Default: the app's. */
  readonly databaseKeeper?: number
}

/** @throws when something is to be broken that cannot be there. */
export async function openSurroundings(options: SurroundingsOptions): Promise<Surroundings> {
  const { folder, dataFolder, faults, isFleet } = options
  if (faults['process-link'] && !isFleet) throw usageFault('--faults', 'process-link: this topology is one process.')
  await using opened = new AsyncDisposableStack()
  const disk = faults.disk ? opened.use(await openDisk(options)) : null
  const database = faults['database-link'] || faults.partition ? opened.use(await openDatabase(options)) : null
  const needsBroker = faults.broker || faults['broker-wipe']
  const broker = needsBroker ? opened.use(await openBroker(folder)) : null
  const processLink = faults['process-link']
    ? opened.use(await standBetweenProcesses(findRunFolder(dataFolder), systemClock))
    : null
  const clocks = faults.clock
    ? await openClocks({ folder: join(folder, 'clocks'), inherited: process.env.NODE_OPTIONS, clock: systemClock })
    : null
  const all = opened.move()
  return {
    environment: { ...database?.environment, ...broker?.environment, ...clocks?.environment },
    breakable: {
      databaseLink: database?.link ?? null,
      partition: database?.partition ?? null,
      processLink,
      broker,
      disk,
      clocks,
    },
    ...(database ? { databaseKeeper: database.keeper } : {}),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

function openDatabase({ folder, dataFolder, faults }: SurroundingsOptions): Promise<OwnDatabase> {
  return startOwnDatabase({
    // On the disk that is filled, where one is.
    folder: join(faults.disk ? dataFolder : folder, 'database'),
    breaks: { link: Boolean(faults['database-link']), partition: Boolean(faults.partition) },
    clock: systemClock,
  })
}

function openBroker(folder: string): Promise<OwnBroker> {
  return startOwnBroker({ folder: join(folder, 'broker'), inherited: process.env, clock: systemClock })
}

/** Of what a campaign leaves, a few times: the log that the database keeps before it looks at it again, and what each order takes. */
const DISK_MB = 2_048
const DISK_MB_PER_VISIT = 0.1

async function openDisk({ dataFolder, visits }: SurroundingsOptions): Promise<SmallDisk> {
  const megabytes = Math.ceil(DISK_MB + DISK_MB_PER_VISIT * visits)
  try {
    return await mountSmallDisk({ folder: dataFolder, megabytes, kept: 'file' })
  } catch (error) {
    throw usageFault(
      '--faults',
      `disk: a disk of its own can be mounted by root on Linux only: ${(error as Error).message}`,
    )
  }
}
