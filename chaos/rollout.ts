// node chaos/rollout.ts [--requests N] [--connections K]: every process and the gateway are replaced, twice, under load.
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { startLoadedShop } from './loaded-shop.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '100000' },
    connections: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '2' },
  },
})
const [wanted, connections, rounds] = [values.requests, values.connections, values.rounds].map(Number)

await using shop = await startLoadedShop({ connections: connections! })
const { folder, load } = shop
const beganAtMs = performance.now()
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
