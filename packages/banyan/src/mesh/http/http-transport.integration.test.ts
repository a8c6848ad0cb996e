import { wireSuite } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { createHttpTransport } from './http-transport.ts'

wireSuite('http', async (endpoint, { service, caller }) => {
  const tools = wireTools(['orders'])
  const transport = createHttpTransport({ contracts: [endpoint.contract] })
  const serving = { ...tools, address: 'tcp://127.0.0.1:0', endpoints: [endpoint], frontier: service }
  const server = await transport.serve(serving)
  const wire = transport.connect({ ...tools, address: server.address, frontier: caller })
  return {
    wire,
    maxMessageBytes: 4_194_304,
    async stop() {
      await wire.stop()
      await server.stop()
    },
  }
})
