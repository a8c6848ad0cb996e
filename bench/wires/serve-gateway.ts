import { emptyProtoLock } from 'banyan/contract'
import { systemClock, systemRandom } from 'banyan/core'
import { createCredentials, createRemoteWire, createStaticDiscovery, loadTransport, type WireName } from 'banyan/mesh'
import { createMetrics, silentLogger } from 'banyan/observe'
import { versions } from '../product-read.ts'
import { openGateway } from '../production-gateway.ts'
import { ownedProducts as products, SECRET } from './contract.ts'

const [wireName = 'stream', address = ''] = process.argv.slice(2)
const [clock, random, logger, metrics] = [systemClock, systemRandom, silentLogger, createMetrics()]
const app = { contracts: [products], release: '1.0.0', protoLock: emptyProtoLock('bench') }
const transport = await loadTransport(wireName as WireName, app)
const credentials = createCredentials({ names: ['gateway'], secret: SECRET, clock })
const discovery = createStaticDiscovery({ products: address })
const wire = createRemoteWire({ contract: products, discovery, transport, credentials, clock, random, logger, metrics })
const { url, token } = await openGateway({ contracts: [products], wire, versions, metrics })
console.log(`${url} ${token}`)
