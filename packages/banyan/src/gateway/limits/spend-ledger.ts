import { readFileSync } from 'node:fs'
import type { RedisClient } from '../../cache/index.ts'

/** What gateways tell each other of what they let through. */
export interface SpendLedger {
  /** For each client the milliseconds until its quota is whole again, at all gateways; `null`: nobody could be told. Never throws. */
  spend(spent: readonly Spent[], quota: Quota): Promise<readonly number[] | null>
  /** False after a failure, until something could be told again. */
  isThere(): boolean
  /** Among how many the quota is divided: 1 while all are told. */
  shares(): number
}

export interface Spent {
  readonly client: string
  readonly count: number
}

export interface Quota {
  readonly costMs: number
  readonly windowMs: number
}

export interface SpendLedgerOptions {
  readonly client: Pick<RedisClient<'spend'>, 'run'>
  /** Calls only while it is worth it: see `createCircuit`. */
  readonly circuit: { attempt<T>(call: () => T | Promise<T>, otherwise: T): Promise<T> }
  /** Begins every key. */
  readonly prefix: string
  /** Names this gateway among the others. */
  readonly gateway: string
}

/** What the ledger asks of Redis, by name. */
export function readSpendScripts(): Readonly<Record<'spend', string>> {
  return { spend: readFileSync(new URL('./spend.lua', import.meta.url), 'utf8') }
}

export function createSpendLedger({ client, circuit, prefix, gateway }: SpendLedgerOptions): SpendLedger {
  // One hash tag: the keys of a script stand in one slot of a cluster.
  const begin = `{${prefix}-rate}`
  let gateways = 1
  let isThere = true

  return {
    async spend(spent, { costMs, windowMs }) {
      const keys = [`${begin}gateways`, ...spent.map((one) => `${begin}c:${one.client}`)]
      const args = [gateway, costMs, windowMs, ...spent.map(({ count }) => count)]
      const answer = await circuit.attempt(() => client.run('spend', keys, args), null)
      isThere = answer !== null
      if (answer === null) return null
      const [seen, ...left] = (answer as readonly Buffer[]).map(Number)
      gateways = seen!
      return left
    },
    isThere: () => isThere,
    shares: () => (isThere ? 1 : gateways),
  }
}
