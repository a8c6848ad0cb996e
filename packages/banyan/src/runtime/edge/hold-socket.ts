import { systemClock, systemRandom } from '../../core/index.ts'
import { holdPort } from '../../gateway/index.ts'
import type { PlannedProcess } from '../plan-process.ts'
import type { ProcessOptions } from '../process-options.ts'
import type { Stops } from '../stops.ts'

/**
 * Where the gateway's clients will come in, from before a start makes anything: one that failed at its last step had made a system and
 * shown nobody its first password.
 * @throws `api.INVALID_OPTIONS` when the port is taken or the host is none of this machine's
 */
export async function holdSocket(
  given: ProcessOptions,
  planned: PlannedProcess,
  stops: Stops,
): Promise<ProcessOptions> {
  if (!planned.plan.gateway || given.socket) return given
  const { clock = systemClock, random = systemRandom } = given
  const { HOST: host, PORT: port } = planned.settings
  const held = await holdPort({ host: host!, port: port!, clock, random })
  stops.push(() => held.stop())
  return { ...given, socket: async () => held }
}
