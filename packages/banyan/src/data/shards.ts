import type { Database, Shards } from './database.ts'

/** Which ranges of the shard key live where. Raised with each split or move; a router with an old one is corrected. */
export interface ShardMap {
  readonly version: number
  readonly ranges: readonly ShardRange[]
}

export interface ShardRange {
  /** First user id of the range, inclusive. */
  readonly from: bigint
  /** First user id after it; `null`: no end. */
  readonly to: bigint | null
  readonly database: string
}

/** A service's data over its databases. One database holds the whole range for now. */
export function createShards(databases: readonly [Database]): Shards & { readonly map: ShardMap } {
  const [root] = databases
  const map: ShardMap = Object.freeze({ version: 1, ranges: [{ from: 1n, to: null, database: root.name }] })
  const stop = async () => void (await Promise.all(databases.map((database) => database.stop())))
  return { map, root, shard: () => root, all: () => databases, stop, [Symbol.asyncDispose]: stop }
}
