// npm run chaos:take-over [-- --rounds N] [--sagas N]: how long after its owner fell a saga is taken over, and what becomes of late writes.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startTestPostgres } from '../packages/banyan/src/testing/index.ts'
import { createShopClient, logInAdmin, logInCustomers } from '../packages/shop/src/faults/testing/shop-client.ts'
import { takeOver } from '../packages/shop/src/faults/testing/take-over.ts'
import { startShop } from '../packages/shop/src/testing/shop-fixture.ts'
import { describeMachine } from './machine.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '6' }, sagas: { type: 'string', default: '40' } },
})
const [rounds, sagas] = [Number(values.rounds), Number(values.sagas)]
const scratch = await mkdtemp(join(tmpdir(), 'take-over-'))
await using postgres = await startTestPostgres({ fsync: true })
await using survivor = await startShop({ postgres, name: 'survivor' })
const client = createShopClient({ url: survivor.url })
const [buyer] = await logInCustomers(client, 1)
const { token } = await logInAdmin(client)
await client.request('PUT', '/api/v2/products/10/stock', { token, body: { onHand: 1_000_000 } })
const owners = {
  dead: { afterMs: [] as number[], refused: 0 },
  stopped: { afterMs: [] as number[], refused: 0 },
}
for (let round = 1; round <= rounds; round++) {
  for (const how of ['dead', 'stopped'] as const) {
    const { afterMs, refused } = await takeOver({ postgres, survivor, buyer: buyer!, scratch, sagas }, how, round)
    owners[how].afterMs.push(...afterMs)
    owners[how].refused += refused
    console.log(`round ${round}, ${how}: ${JSON.stringify(spread(afterMs))}, ${refused} late writes refused`)
  }
}
const faults = await survivor.faults()
const report = {
  name: 'take-over',
  date: new Date().toISOString(),
  machine: describeMachine(),
  leaseMs: 3_000,
  lookEveryMs: 1_000,
  dead: spread(owners.dead.afterMs),
  stopped: { ...spread(owners.stopped.afterMs), lateWritesRefused: owners.stopped.refused },
  violations: faults.length,
  passed: faults.length === 0 && [owners.dead, owners.stopped].every(({ afterMs }) => spread(afterMs).p99 <= 5_000),
}
await writeFile(join(import.meta.dirname, 'reports', 'take-over.json'), `${JSON.stringify(report, null, 1)}\n`)
console.log(JSON.stringify(report, null, 1))
for (const fault of faults) console.log(fault)
await rm(scratch, { recursive: true, force: true })
process.exitCode = report.passed ? 0 : 1

function spread(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
  return { takeOvers: sorted.length, p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}
