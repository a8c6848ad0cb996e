import { emptyProtoLock } from '../../contract/index.ts'
import { wireSuite } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { createGrpcTransport } from './grpc-transport.ts'

wireSuite('grpc', async (endpoint) => {
  const tools = wireTools(['orders'])
  const transport = createGrpcTransport({ contracts: [endpoint.contract], lock: emptyProtoLock('test') })
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
