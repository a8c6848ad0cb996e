import { systemClock } from '../../core/index.ts'
import { startTcpProxy, type Place } from './tcp-proxy.ts'

// `network-relay.ts HOST TARGET`: stands in a network namespace, says at which port, and ends with whoever started it.
const [host, target] = process.argv.slice(2)
const relay = await startTcpProxy({
  clock: systemClock,
  host: host!,
  targetOf: () => JSON.parse(target!) as Place,
})
process.stdout.write(`${relay.port}\n`)
process.stdin.resume().once('end', () => void relay.stop())
