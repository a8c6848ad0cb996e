import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from 'banyan/core'
import {
  createHostileLogs,
  createRepeater,
  createSeededRandom,
  startTestPostgres,
  type HostileLogs,
  type Repeater,
} from 'banyan/testing'
import { startShop, type ShopFixture, type ShopFixtureOptions } from '../shop-fixture.ts'
import type { Cell, RunningCell } from './cell.ts'

/** A monolith whose services see nothing of each other but what was encoded and decoded. */
export function createEncodedCell(faults: Pick<ShopFixtureOptions, 'wrapLog'> = {}): Cell {
  return {
    name: 'encoded',
    what: 'monolith, every call between services encoded and decoded',
    async start() {
      await using stack = new AsyncDisposableStack()
      const { postgres, outbox } = await openPlace(stack)
      const shop = stack.use(await startShop({ postgres, ...faults, environment: { MAIL_OUTBOX: outbox } }))
      return { ...describeShops([shop], outbox), faults: shop.faults, ...endingOf(stack) }
    },
  }
}

export interface RunningHostileCell extends RunningCell {
  readonly repeated: Repeater['repeated']
  readonly delivered: HostileLogs['done']
}

export interface HostileCell extends Cell {
  start(): Promise<RunningHostileCell>
}

/**
 * Two processes over one database, everything encoded, each request to the other one than the last. Every call that may be
 * repeated is made twice; events come doubled, out of order and not at all, to the consumers of both.
 */
export function createHostileCell(seed: number, processes = ['one', 'two']): HostileCell {
  return {
    name: 'hostile',
    what: 'two monoliths over one database; calls made twice; events doubled, late, out of order, lost',
    start: () => startHostile(seed, processes),
  }
}

async function startHostile(seed: number, processes: readonly string[]): Promise<RunningHostileCell> {
  await using stack = new AsyncDisposableStack()
  const { postgres, outbox } = await openPlace(stack)
  const { middleware, repeated, faults } = createRepeater(FIRST_START)
  const logs = createHostileLogs({ clock: systemClock, random: createSeededRandom(seed) })
  const start = async (name: string) => {
    const how = { name, middleware: [middleware], wrapLog: logs.wrap, environment: { MAIL_OUTBOX: outbox } }
    return stack.use(await startShop({ postgres, ...how }))
  }
  const shops: ShopFixture[] = []
  for (const name of processes) shops.push(await start(name))
  // The carriers end before what they carry from.
  stack.use(logs)
  return {
    ...describeShops(shops, outbox),
    repeated,
    delivered: logs.done,
    faults: async () => [...(await shops[0]!.faults()), ...faults],
    ...endingOf(stack),
  }
}

/** They answer how many they have made; the second start, like a repeat, is told none. */
const FIRST_START = ['users.createFirstUsers', 'products.seedCatalogue']

async function openPlace(stack: AsyncDisposableStack) {
  const postgres = stack.use(await startTestPostgres({ fsync: false }))
  const outbox = await mkdtemp(join(tmpdir(), 'banyan-outbox-'))
  stack.defer(() => rm(outbox, { recursive: true, force: true }))
  return { postgres, outbox }
}

function describeShops(shops: readonly ShopFixture[], outbox: string) {
  return { urls: shops.map(({ url }) => url), admin: shops[0]!.admin, outbox }
}

function endingOf(stack: AsyncDisposableStack): AsyncDisposable {
  const ending = stack.move()
  return { [Symbol.asyncDispose]: () => ending.disposeAsync() }
}
