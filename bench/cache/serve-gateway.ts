import { createApplicationCache, createCircuit, createRedisClient } from 'banyan/cache'
import { systemClock as clock, systemRandom as random } from 'banyan/core'
import {
  createSharedRateLimiter,
  createSpendLedger,
  readSpendScripts,
  type GatewayOptions,
  type View,
} from 'banyan/gateway'
import { createMetrics, silentLogger as logger } from 'banyan/observe'
import { versions } from '../product-read.ts'
import { openGateway } from '../production-gateway.ts'
import { memoryWire, products } from './contract.ts'

// `uncached` keeps nothing; `missing` keeps less than it is asked for; `shared <Redis URL>` shares the limit of requests.
const [how, url = ''] = process.argv.slice(2)
const metrics = createMetrics()
const kept: Pick<GatewayOptions, 'cache'> =
  how === 'uncached' ? {} : { cache: createApplicationCache<View>({ clock, random, metrics, ...maxBytesOf(how) }) }
const limited = how === 'shared' ? { rateLimiter: await shareLimit() } : {}
console.log(
  (await openGateway({ contracts: [products], wire: memoryWire, versions, metrics, ...kept, ...limited })).url,
)

process.on('message', () => process.send!(process.cpuUsage()))

function maxBytesOf(how: string | undefined) {
  return how === 'missing' ? { maxBytes: 65_536 } : {}
}

async function shareLimit() {
  const client = await createRedisClient({ url, logger, scripts: readSpendScripts() })
  const circuit = createCircuit({ clock, metrics })
  const ledger = createSpendLedger({ client, circuit, prefix: 'bench', gateway: 'one' })
  return createSharedRateLimiter({ limit: 1_000_000, windowMs: 1_000, clock, ledger })
}
