import { createApplicationCache } from 'banyan/cache'
import { systemClock, systemRandom } from 'banyan/core'
import type { GatewayOptions, View } from 'banyan/gateway'
import { createMetrics } from 'banyan/observe'
import { openGateway } from '../production-gateway.ts'
import { memoryWire, products, versions } from './contract.ts'

/** `uncached` keeps nothing. */
const metrics = createMetrics()
const keep = () => createApplicationCache<View>({ clock: systemClock, random: systemRandom, metrics })
const kept: Pick<GatewayOptions, 'cache'> = process.argv[2] === 'uncached' ? {} : { cache: keep() }
console.log((await openGateway({ contracts: [products], wire: memoryWire, versions, metrics, ...kept })).url)

process.on('message', () => process.send!(process.cpuUsage()))
