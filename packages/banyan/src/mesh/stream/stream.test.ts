import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock, systemRandom } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { wireSuite } from '../../testing/index.ts'
import { createCredentials } from '../index.ts'
import { createStreamTransport } from './stream-transport.ts'

const secret = randomBytes(32)
const addresses = ['tcp://127.0.0.1:0', `unix://${join(tmpdir(), `banyan-${process.pid}.sock`)}`]

for (const address of addresses) {
  wireSuite(`stream, ${address.slice(0, address.indexOf(':'))}`, async (endpoint, { service, caller }) => {
    const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
    const of = (name: string) => createCredentials({ names: [name], secret, clock: systemClock })
    const transport = createStreamTransport()
    const serving = { ...tools, credentials: of('probe'), address, endpoints: [endpoint], frontier: service }
    const server = await transport.serve(serving)
    const connecting = { ...tools, credentials: of('orders'), address: server.address, frontier: caller }
    const wire = transport.connect(connecting)
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
