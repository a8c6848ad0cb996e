import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, systemRandom } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { wireSuite } from '../../testing/index.ts'
import { createCredentials } from '../index.ts'
import { createStreamTransport } from './stream-transport.ts'

const secret = randomBytes(32)
const addresses = {
  tcp: () => 'tcp://127.0.0.1:0',
  unix: () => `unix://${join(tmpdir(), `banyan-${randomBytes(6).toString('hex')}.sock`)}`,
}

for (const [name, address] of Object.entries(addresses)) {
  wireSuite(`stream, ${name}`, async (endpoint, { frontiers: { service, caller }, releases }) => {
    const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
    const of = (name: string) => createCredentials({ names: [name], secret, clock: systemClock })
    const transportOf = (release?: string) => createStreamTransport({ release })
    const serving = { ...tools, credentials: of('probe'), address: address(), endpoints: [endpoint], frontier: service }
    const server = await transportOf(releases?.service).serve(serving)
    const connecting = { ...tools, credentials: of('orders'), address: server.address, frontier: caller }
    const wire = transportOf(releases?.caller).connect(connecting)
    return {
      wire,
      maxMessageBytes: 4_194_304,
      async stop() {
        await wire.stop()
        await server.stop()
      },
    }
  })
}
