import { createSystem, type System } from 'banyan/chaos'
import { systemClock } from 'banyan/core'
import { shopWorkload } from '../../chaos/workload.ts'
import { BANYAN } from './shop-child.ts'

export interface ShopSystemOptions {
  readonly dataFolder: string
  readonly logFile: string
  /** Default `monolith`. */
  readonly topology?: string
  /** More of it, e.g. which faults are armed. */
  readonly environment?: Readonly<NodeJS.ProcessEnv>
}

/** The shop as its users run it: processes of their own, which a test may start, break and ask commands of. */
export function createShopSystem(options: ShopSystemOptions): System {
  const { dataFolder, logFile, topology = 'monolith', environment = {} } = options
  const place = { PORT: '0', BANYAN_DATA: dataFolder, BANYAN_TOPOLOGY: topology, LOG_LEVEL: 'warn' }
  return createSystem({
    program: [process.execPath, BANYAN],
    environment: { ...process.env, ...shopWorkload.environment, ...place, ...environment },
    dataFolder,
    isFleet: topology !== 'monolith',
    logFile,
    clock: systemClock,
  })
}
