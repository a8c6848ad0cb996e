import { createServer } from 'node:net'
import { ServiceBroker } from 'moleculer'

/** Two nodes that know each other's ports and talk over TCP; everything that costs and is optional is off. */
export function createBroker(nodeID, port, urls) {
  const transporter = { type: 'TCP', options: { udpDiscovery: false, port, urls } }
  return new ServiceBroker({ nodeID, namespace: 'bench', transporter, logger: false, metrics: false, tracing: false })
}

export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address()
      probe.close(() => resolve(port))
    })
  })
}
