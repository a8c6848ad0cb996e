import { readFile } from 'node:fs/promises'
import { systemClock, type Random } from 'banyan/core'
import type { ShopChild, ShopFolder } from './shop-child.ts'
import type { ShopClient } from './shop-client.ts'

/**
 * - `process`: SIGKILL of the shop's process, then a new one on the same folder;
 * - `database`: SIGKILL of the PostgreSQL server below it, which the shop starts again by itself;
 * - `pause`: SIGSTOP for longer than a lease, then SIGCONT.
 */
export type FaultKind = 'process' | 'database' | 'pause'

/** A fault that was injected, with the proof that it happened and met work. */
export interface Fault {
  readonly kind: FaultKind
  readonly answered: number
  readonly inFlight: number
  /** What shows that it took effect: the signal that ended the process, the ids of two servers, the state `T`. */
  readonly proof: string
  /** Until the shop was ready again. */
  readonly downMs: number
}

export interface Progress {
  /** Orders with a final answer. */
  answered: number
  /** All are answered, or it cannot go on. */
  isOver: boolean
}

export interface FaultOptions {
  readonly folder: ShopFolder
  readonly orders: number
  readonly faults: readonly FaultKind[]
  readonly random: Random
  readonly onFault?: (fault: Fault) => void
}

interface Target {
  readonly client: ShopClient
  readonly progress: Progress
  readonly first: ShopChild
}

const PAUSE_MS = 4_000

/** Injects each fault once its share of the orders is answered, at a random moment. */
export async function injectFaults(options: FaultOptions, { client, progress, first }: Target) {
  const { faults, orders, random } = options
  const injected: Fault[] = []
  let shop = first
  for (const [index, kind] of faults.entries()) {
    const share = ((index + 0.5) * orders) / (faults.length + 1)
    while (progress.answered < share && !progress.isOver) await systemClock.sleep(2)
    if (progress.answered < share) break // the load has failed: there is nothing left to disturb
    await systemClock.sleep(random.unit() * 40)
    const { answered } = progress
    const { inFlight } = client
    const beganMs = systemClock.monotonicMs()
    const effect = await INJECT[kind](shop, options.folder)
    shop = effect.shop
    client.url = shop.url
    await untilReady(client)
    const fault = { kind, answered, inFlight, proof: effect.proof, downMs: systemClock.monotonicMs() - beganMs }
    injected.push(fault)
    options.onFault?.(fault)
  }
  return { injected, last: shop }
}

/** Whether a fault took effect while requests were under way. */
export function hasMetWork({ kind, inFlight, proof }: Fault): boolean {
  return inFlight > 0 && PROOF[kind].test(proof)
}

const PROOF = { process: /^SIGKILL$/, database: /^(\d+) → (?!\1$)\d+$/, pause: /^T$/ } as const

const INJECT = {
  async process(shop: ShopChild, folder: ShopFolder) {
    await shop.kill()
    const proof = String(await shop.ended)
    return { proof, shop: await folder.start() }
  },
  async database(shop: ShopChild) {
    const before = await serverOf(shop)
    process.kill(before, 'SIGKILL')
    let after = before
    while (after === before || Number.isNaN(after)) {
      await systemClock.sleep(10)
      after = await serverOf(shop)
    }
    return { proof: `${before} → ${after}`, shop }
  },
  async pause(shop: ShopChild) {
    process.kill(shop.processId, 'SIGSTOP')
    await systemClock.sleep(PAUSE_MS)
    const stat = await readFile(`/proc/${shop.processId}/stat`, 'utf8')
    process.kill(shop.processId, 'SIGCONT')
    return { proof: /\) (\w)/.exec(stat)![1]!, shop }
  },
}

/** The PostgreSQL server that a shop has started: its only child (Linux). */
async function serverOf({ processId }: ShopChild): Promise<number> {
  const children = await readFile(`/proc/${processId}/task/${processId}/children`, 'utf8')
  return Number.parseInt(children)
}

async function untilReady(client: ShopClient): Promise<void> {
  while ((await client.request('GET', '/health/ready'))?.status !== 200) await systemClock.sleep(20)
}
