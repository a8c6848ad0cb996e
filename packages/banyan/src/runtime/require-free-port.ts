import { openListeningSocket } from '../gateway/index.ts'
import type { PlatformSettings } from './process-options.ts'

/**
 * Before a start makes anything: one that failed at its last step had made a system and shown nobody its first password. The port is
 * not held meanwhile, as bound sockets that do not listen yet keep nobody out (`SO_REUSEADDR`): the gateway finds whoever came in between.
 * @throws `api.INVALID_OPTIONS` when the port is taken or the host is none of this machine's
 */
export async function requireFreePort({ HOST, PORT }: Pick<PlatformSettings, 'HOST' | 'PORT'>): Promise<void> {
  const socket = await openListeningSocket(HOST!, PORT!)
  socket[Symbol.dispose]()
}
