import { coreErrors } from '../../core/index.ts'
import type { ProcessPlan, Topology } from '../topology/topology.ts'
import type { Fleet } from './fleet.ts'
import type { SupervisedInstance } from './instance.ts'

export interface RollOutOptions {
  readonly fleet: Fleet
  readonly topology: Topology
  /** Names of processes, or of services that they run; empty: all. */
  readonly processes: readonly string[]
  readonly onProgress: (text: string) => void
}

/**
 * Replaces instances one after the other, without a failing request: a new one is started and must be ready before the
 * old one is taken off everybody's list, finishes what it has and ends. The gateway goes last, when all that it calls is new.
 * @throws `api.INVALID_OPTIONS` for a name that there is not; what a new process failed with, and then nothing old was ended.
 */
export async function rollOut({ fleet, topology, processes, onProgress }: RollOutOptions): Promise<void> {
  for (const plan of plansOf(topology, processes)) {
    const old = fleet.instances().filter((instance) => instance.plan.name === plan.name)
    for (const instance of old) await replace(instance, { fleet, onProgress })
  }
}

async function replace(
  old: SupervisedInstance,
  { fleet, onProgress }: Pick<RollOutOptions, 'fleet' | 'onProgress'>,
): Promise<void> {
  const fresh = fleet.add(old.plan)
  onProgress(`${fresh.id} starts, to replace ${old.id}`)
  try {
    const { version } = await fresh.whenReady()
    onProgress(`${fresh.id} is ready (version ${version}); ${old.id} finishes what it has`)
  } catch (error) {
    await fleet.remove(fresh)
    throw error
  }
  const byItself = await fleet.retire(old)
  onProgress(byItself ? `${old.id} has ended` : `${old.id} did not end in time and was killed`)
}

function plansOf({ name, processes }: Topology, wanted: readonly string[]): readonly ProcessPlan[] {
  const isMeant = (plan: ProcessPlan, word: string) => plan.name === word || plan.services.includes(word)
  const unknown = wanted.filter((word) => !processes.some((plan) => isMeant(plan, word)))
  if (unknown.length > 0) {
    const known = processes.map((plan) => plan.name).join(', ')
    const faults = `Topology '${name}' has no process or service ${unknown.join(', ')}; its processes are ${known}.`
    throw coreErrors.INVALID_OPTIONS({ subject: 'The rollout', faults })
  }
  const meant = processes.filter((plan) => wanted.length === 0 || wanted.some((word) => isMeant(plan, word)))
  return meant.toSorted((a, b) => Number(a.gateway) - Number(b.gateway))
}
