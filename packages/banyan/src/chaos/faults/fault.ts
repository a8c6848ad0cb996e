import type { Clock, Random } from '../../core/index.ts'
import type { CountingClient } from '../client.ts'
import type { Clocks } from '../machine/clocks.ts'
import type { OwnBroker } from '../servers/own-broker.ts'
import type { Partition } from '../network/partition.ts'
import type { SmallDisk } from '../machine/small-disk.ts'
import type { System } from '../system.ts'
import type { Link } from '../network/tcp-proxy.ts'

/** One thing that goes wrong, done to the running system from outside. */
export interface Fault {
  /** What happens, for people. */
  readonly description: string
  /**
   * Does it, and heals it. @returns what shows that it took effect: ids, a signal, a state; `null`: it did not, and does not
   * count. @throws when the system cannot go on.
   */
  inject(scene: Scene): Promise<string | null>
}

export interface Scene {
  readonly system: System
  /** Through which clients come. */
  readonly link: Link
  /** `null`: the app runs its database itself, over a socket that nobody can get between. */
  readonly databaseLink: Link | null
  /** `null`: there is one process. */
  readonly processLink: Link | null
  /** `null`: there is none. */
  readonly broker: OwnBroker | null
  /** `null`: nothing before the database can be cut. */
  readonly partition: Partition | null
  /** Of the app's data; `null`: it is the machine's. */
  readonly disk: SmallDisk | null
  /** `null`: every process has the machine's. */
  readonly clocks: Clocks | null
  /** Through which the visits come. */
  readonly client: Pick<CountingClient, 'refusals'>
  /** Visits under way at once. */
  readonly atOnce: number
  readonly clock: Clock
  /** Whom it hits and how long it lasts: from the seed, the same in every run. */
  readonly random: Random
}

/** `undefined`: there is none. */
export function pick<T>(random: Random, items: readonly T[]): T | undefined {
  return items[Math.floor(random.unit() * items.length)]
}
