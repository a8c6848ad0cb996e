import { createGateway } from '../../packages/banyan/src/gateway/gateway.ts'
import { fixtureOptions } from '../../packages/banyan/src/gateway/gateway.fixture.ts'

// Everything on but the limit's refusal: an in-memory wire stands for the services.
const gateway = createGateway(fixtureOptions({ settings: { rateLimitPerSecond: 1_000_000 } }))
console.log((await gateway.start()).url)

process.on('message', () => process.send!(process.cpuUsage()))
