// node chaos/rollout.ts [--requests N] [--connections K]: every process and the gateway are replaced, twice, under load.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { createShopClient, logInAdmin, logInCustomers } from '../packages/shop/src/faults/testing/shop-client.ts'
import { createShopFolder } from '../packages/shop/src/faults/testing/shop-child.ts'
import { startSteadyLoad } from '../packages/shop/src/faults/testing/steady-load.ts'
import { createSeededRandom } from '../packages/banyan/src/testing/index.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '2' },
  },
})
const [wanted, connections, rounds] = [values.requests, values.connections, values.rounds].map(Number)

await using folder = await createShopFolder({ ...process.env, BANYAN_TOPOLOGY: 'microservices' })
const shop = await folder.start()
const client = createShopClient({ url: shop.url })
await restock(await logInAdmin(client))
const customers = await logInCustomers(client, 20)
const beganAtMs = performance.now()
const load = startSteadyLoad({ url: shop.url, connections: connections!, customers, random: createSeededRandom(1) })
for (let round = 1; round <= rounds!; round++) {
  const { code, output } = await folder.command('rollout')
  console.log(`round ${round}: exit code ${code}, ${load.requests} requests so far`)
  if (code !== 0) console.log(output)
}
while (load.requests < wanted!) await new Promise((resolve) => setTimeout(resolve, 100))
const seconds = (performance.now() - beganAtMs) / 1_000
const report = await load.stop()
const audit = await folder.command('audit')
console.log(
  `${report.requests} requests in ${seconds.toFixed(0)} s over ${connections} connections, ${report.orders} orders placed`,
)
console.log(`${report.failed} failed; the longest took ${report.longestMs} ms; ${cpus().length} × ${cpus()[0]!.model}`)
for (const failure of report.failures) console.log(`  ${failure}`)
console.log(audit.code === 0 ? 'audit: clean' : audit.output)
process.exitCode = report.failed === 0 && audit.code === 0 ? 0 : 1

async function restock(admin: Awaited<ReturnType<typeof logInAdmin>>): Promise<void> {
  const ids = Array.from({ length: 1_000 }, (_, index) => String(index + 1))
  for (let at = 0; at < ids.length; at += 50) {
    const batch = ids.slice(at, at + 50)
    const stock = (id: string) => ({ token: admin.token, key: `stock-${id}`, body: { onHand: 100_000 } })
    await Promise.all(batch.map((id) => client.request('PUT', `/api/v2/products/${id}/stock`, stock(id))))
  }
}
