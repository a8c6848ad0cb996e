import { wireSuite } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { createHttpTransport } from './http-transport.ts'

wireSuite('http', async (endpoint) => {
  const tools = wireTools(['orders'])
  const transport = createHttpTransport({ contracts: [endpoint.contract] })
  const server = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [endpoint] })
  const wire = transport.connect({ ...tools, address: server.address })
  return {
    wire,
    maxMessageBytes: 4_194_304,
    async stop() {
      await wire.stop()
      await server.stop()
    },
  }
})
