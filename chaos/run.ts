// npm run chaos -- --orders N --kills M [--at-once K] [--seed S]: one long campaign of faults, and what it found.
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createSeededRandom } from '../packages/banyan/src/testing/index.ts'
import { hasMetWork, type FaultKind } from '../packages/shop/src/faults/testing/campaign-faults.ts'
import { runCampaign, type CampaignReport } from '../packages/shop/src/faults/testing/campaign.ts'
import { createShopFolder } from '../packages/shop/src/faults/testing/shop-child.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '10000' },
    kills: { type: 'string', default: '20' },
    'at-once': { type: 'string', default: '32' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const [orders, kills, atOnce, seed] = [values.orders, values.kills, values['at-once'], values.seed].map(Number)
const PRODUCTS = Array.from({ length: 40 }, (_, index) => String(index + 1))
const METHODS = ['pm_visa', 'pm_visa', 'pm_visa', 'pm_visa', 'pm_visa', 'pm_declined', 'pm_timeout', 'pm_error']

/** Mostly the shop's process; each tenth time its database, each tenth a pause past the lease. */
const KINDS: readonly FaultKind[] = [...rest('process', 4), 'database', ...rest('process', 4), 'pause']

const random = createSeededRandom(seed!)
const notes = await mkdtemp(join(tmpdir(), 'chaos-'))
console.log(`seed ${seed}: ${orders} orders, ${kills} faults, ${atOnce} at once`)
await using folder = await createShopFolder(process.env)
const report = await runCampaign({
  folder,
  journal: join(notes, 'journal.jsonl'),
  orders: orders!,
  faults: Array.from({ length: kills! }, (_, index) => KINDS[index % KINDS.length]!),
  atOnce: atOnce!,
  // Three scarce products: that some orders must be refused is part of the campaign.
  stock: Object.fromEntries(PRODUCTS.map((id, index) => [id, index < 3 ? Math.ceil(orders! / 100) : orders! * 4])),
  plan: () => ({
    items: pickProducts().map((productId) => ({ productId, quantity: 1 + Math.floor(random.unit() * 3) })),
    paymentMethod: METHODS[Math.floor(random.unit() * METHODS.length)]!,
    cancel: random.unit() < 0.2,
  }),
  random,
  onFault: ({ kind, answered, inFlight, proof, downMs }) =>
    console.log(`${kind} (${proof}) after ${answered} answers, ${inFlight} in flight; down ${Math.round(downMs)} ms`),
})
await rm(notes, { recursive: true, force: true })
judge(report)

function rest(kind: FaultKind, times: number): FaultKind[] {
  return Array.from({ length: times }, () => kind)
}

function pickProducts(): string[] {
  const picked = new Set<string>()
  const count = 1 + Math.floor(random.unit() * 3)
  while (picked.size < count) picked.add(PRODUCTS[Math.floor(random.unit() * PRODUCTS.length)]!)
  return [...picked]
}

/** A campaign counts only when each planned fault happened, met work, and enough succeeded. */
function judge({ injected, faults, ...figures }: CampaignReport): void {
  const met = injected.filter(hasMetWork).length
  const succeeded = (figures.answers['201'] ?? 0) / orders!
  const complaints = [
    ...faults,
    ...(met === kills ? [] : [`only ${met} of ${kills} planned faults happened while requests were under way`]),
    ...(succeeded >= 0.3 ? [] : [`only ${Math.round(succeeded * 100)} % of the orders succeeded`]),
  ]
  const down = injected.map(({ downMs }) => downMs).toSorted((a, b) => a - b)
  console.log(
    JSON.stringify({ ...figures, faultsThatMetWork: met, succeeded, medianDownMs: down[down.length >> 1] }, null, 2),
  )
  console.log(`${cpus()[0]!.model}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString()}`)
  for (const complaint of complaints) console.error(complaint)
  process.exitCode = complaints.length === 0 ? 0 : 1
}
