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
  wireSuite(`stream, ${address.slice(0, address.indexOf(':'))}`, async (endpoint) => {
    const tools = { clock: systemClock, random: systemRandom, logger: silentLogger }
    const of = (name: string) => createCredentials({ names: [name], secret, clock: systemClock })
    const transport = createStreamTransport()
    const server = await transport.serve({ ...tools, credentials: of('probe'), address, endpoints: [endpoint] })
    const wire = transport.connect({ ...tools, credentials: of('orders'), address: server.address })
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
