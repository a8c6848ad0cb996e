import { emptyProtoLock } from '../../contract/index.ts'
import { wireSuite } from '../../testing/index.ts'
import { wireTools } from '../wire.fixture.ts'
import { createGrpcTransport } from './grpc-transport.ts'

wireSuite('grpc', async (endpoint, { frontiers: { service, caller }, releases }) => {
  const tools = wireTools(['orders'])
  const transportOf = (release?: string) =>
    createGrpcTransport({ contracts: [endpoint.contract], lock: emptyProtoLock('test'), release })
  const serving = { ...tools, address: 'tcp://127.0.0.1:0', endpoints: [endpoint], frontier: service }
  const server = await transportOf(releases?.service).serve(serving)
  const wire = transportOf(releases?.caller).connect({ ...tools, address: server.address, frontier: caller })
  return {
    wire,
    maxMessageBytes: 4_194_304,
    async stop() {
      await wire.stop()
      await server.stop()
    },
  }
})
