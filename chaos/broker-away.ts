// node chaos/broker-away.ts [--seconds N] [--connections K]: NATS is dead for a minute under load, comes back, then loses its store.
import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { startTestNats } from '../packages/banyan/src/testing/index.ts'
import { startLoadedShop } from './loaded-shop.ts'

const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, connections: { type: 'string', default: '8' } },
})
const [awaySeconds, connections] = [values.seconds, values.connections].map(Number)
/** With the broker there, before, between and after. */
const PAUSE_MS = 5_000

await using nats = await startTestNats()
await using shop = await startLoadedShop({ connections: connections!, environment: { NATS_URL: nats.url } })
const { folder, load } = shop
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const tell = (what: string) => console.log(`${what}: ${load.requests} requests so far`)

await pause(PAUSE_MS)
await nats.kill()
tell('the broker is dead')
await pause(awaySeconds! * 1_000)
await nats.start()
tell(`it is back after ${awaySeconds} s`)
await pause(PAUSE_MS)
await nats.wipe()
tell('it has lost its store')
await pause(PAUSE_MS)
const report = await load.stop()
const audit = await folder.command('audit', '--quiet')
console.log(`${report.requests} requests, ${report.orders} orders placed, load ${loadavg()[0]!.toFixed(1)}`)
console.log(`${report.failed} failed; the longest took ${report.longestMs} ms`)
for (const failure of report.failures) console.log(`  ${failure}`)
console.log(audit.output)
process.exitCode = report.failed === 0 && audit.code === 0 ? 0 : 1
