import type { OwnBroker } from '../servers/own-broker.ts'
import type { Fault, Scene } from './fault.ts'

const LEAST_DOWN_MS = 1_000

/** Nothing can be published or read; what was not acknowledged is sent again. */
export const killBroker: Fault = {
  description: `SIGKILL of the NATS server, which is gone for ${LEAST_DOWN_MS}–${2 * LEAST_DOWN_MS} ms`,
  inject: (scene) => takeDown(scene, async () => {}),
}

/** Streams, consumers and all that was not read: gone. The event log has it still. */
export const wipeBroker: Fault = {
  description: 'the same, and it comes back with nothing of what it had stored',
  inject: (scene) => takeDown(scene, (broker) => broker.wipe()),
}

async function takeDown(
  { broker, clock, random }: Scene,
  whileDown: (broker: OwnBroker) => Promise<void>,
): Promise<string | null> {
  if (broker === null) return null
  const before = broker.processId
  await broker.kill()
  await whileDown(broker)
  await clock.sleep(LEAST_DOWN_MS * (1 + random.unit()))
  await broker.start()
  return `${before} → ${broker.processId}`
}
