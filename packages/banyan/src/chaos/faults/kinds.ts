import { breakDatabaseLink, breakLink, breakProcessLink } from './break-link.ts'
import { endBackend } from './end-backend.ts'
import { fillDisk } from './fill-disk.ts'
import type { Fault } from './fault.ts'
import { killBroker, wipeBroker } from './kill-broker.ts'
import { killDatabase } from './kill-database.ts'
import { killProcess } from './kill-process.ts'
import { outOfMemory } from './limit-memory.ts'
import { overload } from './overload.ts'
import { partition } from './partition.ts'
import { pauseProcess } from './pause-process.ts'
import { skewClock } from './skew-clock.ts'

/** Every fault that `--faults` can name. */
export const FAULTS = {
  process: killProcess,
  pause: pauseProcess,
  database: killDatabase,
  backend: endBackend,
  link: breakLink,
  'database-link': breakDatabaseLink,
  'process-link': breakProcessLink,
  broker: killBroker,
  'broker-wipe': wipeBroker,
  overload,
  memory: outOfMemory,
  clock: skewClock,
  partition,
  disk: fillDisk,
} as const satisfies Readonly<Record<string, Fault>>

export type FaultKind = keyof typeof FAULTS

export function isFaultKind(name: string): name is FaultKind {
  return Object.hasOwn(FAULTS, name)
}
