import type { Clock } from '../../core/index.ts'
import { openNamespace } from './network-namespace.ts'
import type { Partition } from './partition.ts'
import { startTcpProxy, type Place } from './tcp-proxy.ts'

/**
 * A switch between two network namespaces, in which the kernel cuts: connections outlive it and TCP sends again what was lost. Where the
 * system lets nobody make a network namespace, a relay that falls silent, and breaks what it kept when it is healed.
 */
export async function openPartition(target: Place, clock: Clock): Promise<Partition> {
  try {
    return await openNamespace(target)
  } catch (error) {
    return openSilence(target, clock, (error as Error).message.trim().split('\n').at(-1)!)
  }
}

/** @param reason why it is not the network that is cut. */
export async function openSilence(target: Place, clock: Clock, reason: string): Promise<Partition> {
  const relay = await startTcpProxy({ clock, targetOf: () => target })
  return {
    place: { host: '127.0.0.1', port: relay.port },
    means: `a silent relay, for there is no network namespace here: ${reason}`,
    cut: async () => relay.set('silent'),
    async heal() {
      const { harmed } = relay
      relay.set('sound')
      return harmed
    },
    [Symbol.asyncDispose]: () => relay.stop(),
  }
}
