import { fileURLToPath } from 'node:url'
import { systemClock } from 'banyan/core'
import type { TestPostgres } from 'banyan/testing'
import type { ShopFixture } from '../../testing/shop-fixture.ts'
import type { CrashPlan } from './crashing-shop.ts'
import { startChild, type ShopChild } from './shop-child.ts'
import { createShopClient, type Login } from './shop-client.ts'

const CHILD = fileURLToPath(new URL('./crashing-shop.ts', import.meta.url))
/** Longer than it takes to take over: what it still wants to write then is late. */
const LATE_MS = 6_000

export interface TakeOverScene {
  readonly postgres: Pick<TestPostgres, 'connection'>
  /** Takes over. */
  readonly survivor: ShopFixture
  readonly buyer: Login
  /** Temp folder of the owners. */
  readonly scratch: string
  /** Sagas that an owner has in hand when it falls. */
  readonly sagas: number
}

export interface TakenOver {
  /** From the fall of the owner to each take-over, milliseconds. */
  readonly afterMs: readonly number[]
  /** Writes of a stopped owner that were refused when it came back, as its own metrics count them. */
  readonly refused: number
}

/** An owner falls with its charges made and not recorded: killed, or stopped and let go on once all is done. */
export async function takeOver(scene: TakeOverScene, how: 'dead' | 'stopped', round: number): Promise<TakenOver> {
  const { survivor, buyer, sagas } = scene
  const name = `${how} ${round}`
  const owner = await startOwner(scene, name)
  const path = `/api/v2/users/${buyer.id}/orders`
  const body = { items: [{ productId: '10', quantity: 1 }], paymentMethod: 'pm_visa' }
  const keys = Array.from({ length: sagas }, (_, index) => `${name} ${index}`)
  const before = await countCaptures(survivor)
  const toOwner = createShopClient({ url: owner.url })
  const unanswered = keys.map((key) => toOwner.request('POST', path, { token: buyer.token, key, body }))
  await until(async () => (await countCaptures(survivor)) === before + sagas)
  const fellAtMs = systemClock.now()
  process.kill(owner.processId, how === 'dead' ? 'SIGKILL' : 'SIGSTOP')
  const toSurvivor = createShopClient({ url: survivor.url })
  const answers = await Promise.all(keys.map((key) => toSurvivor.insist('POST', path, { login: buyer, key, body })))
  const wrong = answers.filter(({ status }) => status !== 201)
  if (wrong.length > 0) throw new Error(`${wrong.length} orders were not placed: ${JSON.stringify(wrong[0]!.body)}`)
  const afterMs = (await takeOversFrom(survivor, name)).map((at) => at - fellAtMs)
  const refused = how === 'dead' ? 0 : await wakeUp(owner)
  if (how === 'dead') await owner.ended
  await Promise.all(unanswered)
  return { afterMs, refused }
}

function startOwner({ postgres, scratch }: TakeOverScene, name: string): Promise<ShopChild> {
  const environment = { BANYAN_FAULTS: `effect.performed(payments.charge)=delay:${LATE_MS}@1` }
  const plan: CrashPlan = { connection: postgres.connection, name, environment }
  return startChild([CHILD, JSON.stringify(plan)], { ...process.env, TMPDIR: scratch })
}

async function countCaptures({ payments }: ShopFixture): Promise<number> {
  let count = 0
  let cursor: string | undefined
  do {
    const page = await payments.listProviderEntries({ limit: 1_000, cursor })
    count += page.items.length
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return count
}

async function takeOversFrom({ running }: ShopFixture, owner: string): Promise<number[]> {
  const orders = running.services.get('orders')!.shards.root
  const rows = await orders.query<{ at: string }>(TAKE_OVERS, [owner])
  return rows.map(({ at }) => Date.parse(at))
}

const TAKE_OVERS = `
  SELECT entry ->> 'at' AS at
  FROM banyan_sagas, LATERAL (SELECT line::json AS entry FROM string_to_table(rtrim(timeline, E'\\n'), E'\\n') AS lines (line)) AS entries
  WHERE timeline LIKE '%taken-over%' AND entry ->> 'kind' = 'taken-over' AND entry ->> 'from' = $1`

/** Lets the stopped owner go on, until it has tried all that it still has to write: for seconds nothing more was refused. */
async function wakeUp(owner: ShopChild): Promise<number> {
  process.kill(owner.processId, 'SIGCONT')
  await until(async () => (await countRefused(owner)) > 0)
  let [refused, sinceMs] = [0, systemClock.monotonicMs()]
  while (systemClock.monotonicMs() - sinceMs < LATE_MS / 2) {
    const now = await countRefused(owner)
    if (now > refused) [refused, sinceMs] = [now, systemClock.monotonicMs()]
    await systemClock.sleep(50)
  }
  await owner.stop()
  return refused
}

async function countRefused({ url }: ShopChild): Promise<number> {
  const text = await fetch(`${url}/metrics`).then((answer) => answer.text())
  const lines = text.split('\n').filter((line) => line.includes('code="saga.FENCED"') && !line.startsWith('#'))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = systemClock.monotonicMs() + 60_000
  while (!(await holds())) {
    if (systemClock.monotonicMs() > deadlineMs) throw new Error('it did not come to pass within 60 s')
    await systemClock.sleep(20)
  }
}
