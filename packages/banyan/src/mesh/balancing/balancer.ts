import type { ResiliencePolicy } from '../../contract/index.ts'
import type { Random } from '../../core/index.ts'
import type { Logger, Metrics } from '../../observe/index.ts'
import type { Instance } from '../discovery/discovery.ts'
import { meshErrors } from '../mesh-errors.ts'
import type { RecentClock } from '../recent-clock.ts'
import type { InstanceWire } from '../transport.ts'
import { maxEjected } from './ejection.ts'
import { createInstanceLog } from './instance-log.ts'
import { observeInstance } from './instance-metrics.ts'
import { createMember, type Fitness, type Member } from './member.ts'
import { startProbes } from './probes.ts'
import { createRetirement } from './retirement.ts'
import type { Balanced, Strategy } from './strategy.ts'

export interface BalancerOptions {
  readonly service: string
  readonly strategy: Strategy
  readonly policy: ResiliencePolicy
  readonly clock: RecentClock
  readonly random: Random
  readonly logger: Logger
  readonly metrics?: Metrics
  /** Reaches one instance. */
  readonly connect: (instance: Instance) => InstanceWire
  /** Told of each probe that passed. */
  readonly onProbePassed?: () => void
  /** None is fit, as probes have shown: without calls nobody else finds out. */
  readonly onAllSilent?: (failure: unknown) => void
}

/** What people see of one instance. */
export interface InstanceState {
  readonly id: string
  readonly address: string
  readonly fitness: Fitness
  readonly inFlight: number
  readonly latencyMs: number
}

/** Chooses the instance of each call, and keeps what their calls have shown of them. */
export interface Balancer {
  /** The whole list as it is now. Those that are gone finish what they have in hand. */
  update(instances: readonly Instance[]): void
  /**
   * Whom to call. Of those that are fit, those that this call has not tried yet go first. Panic rule: when none is fit, the
   * ejected and the probeless are called all the same, before those that cannot be reached, since a guess about health must
   * not take a whole service down; one that drains is never called. `null`: there is none.
   */
  pick(call: Balanced, tried: readonly string[]): Member | null
  /** Whether any is fit. */
  hasFit(): boolean
  state(): readonly InstanceState[]
  /** Resolves when one instance answers. @throws `mesh.NO_INSTANCE` when none does */
  probe(signal: AbortSignal): Promise<void>
  stop(): Promise<void>
}

/** What to expect of an instance when there is no other to compare with. */
const FIRST_LATENCY_MS = 10

export function createBalancer(options: BalancerOptions): Balancer {
  const { service, strategy, policy, clock, metrics } = options
  const hasFit = (id?: string) =>
    asOfNow(clock, members).some((member) => (id ?? member.id) === member.id && member.fitness() === 'fit')
  const news = createInstanceLog({ ...options, logger: options.logger.child({ dependency: service }), hasFit })
  const choose = createChooser(strategy)
  const retire = createRetirement(clock)
  const probes = startProbes({ ...options, policy: policy.probe, members: () => members })
  let members: readonly Member[] = []

  function join(instance: Instance): Member {
    const member = createMember({
      id: instance.id,
      wire: options.connect(instance),
      clock,
      policy,
      firstLatencyMs: meanLatencyMs(members),
      isNewcomer: members.length > 0,
      mayEject: () => countEjected(members) < maxEjected(policy.ejection, members.length),
      onStanding: (standing) => news.noteStanding(instance, standing),
      onProbes: (failure) => news.noteProbes(instance, failure),
    })
    observeInstance(metrics, { service, instance: instance.id }, member)
    if (policy.probe.intervalMs > 0) probes.ask(member)
    return member
  }

  function leave(member: Member): void {
    observeInstance(metrics, { service, instance: member.id }, null)
    news.forget(member.id)
    retire.add(member)
  }

  return {
    update(instances) {
      const before = members
      const known = (one: Instance) => before.find(({ id, wire }) => id === one.id && wire.address === one.address)
      members = instances.map((instance) => known(instance) ?? join(instance))
      for (const member of before) if (!members.includes(member)) leave(member)
    },
    pick: (call, tried) => choose(members, call, tried),
    hasFit: () => hasFit(),
    state: () => asOfNow(clock, members).map(toState),
    async probe(signal) {
      try {
        await Promise.any(members.map(({ wire }) => wire.probe(signal)))
        options.onProbePassed?.()
      } catch (cause) {
        throw meshErrors.NO_INSTANCE({ service, known: members.length }, { cause })
      }
    },
    async stop() {
      probes.stop()
      const all = members
      members = []
      await Promise.all([retire.stop(), ...all.map(({ wire }) => wire.stop())])
    },
  }
}

/** Calls read the clock on their way here. Whoever only looks may be the first in a long time, and what was ejected then is fit. */
function asOfNow(clock: RecentClock, members: readonly Member[]): readonly Member[] {
  clock.monotonicMs()
  return members
}

function createChooser(strategy: Strategy) {
  // Filled anew for each call rather than allocated: fitness changes without notice, and instances are few.
  const candidates: Member[] = []

  function gather(members: readonly Member[], tier: readonly Fitness[], tried: readonly string[]): boolean {
    candidates.length = 0
    for (const member of members) {
      if (tier.includes(member.fitness()) && !tried.includes(member.id)) candidates.push(member)
    }
    return candidates.length > 0
  }

  return (members: readonly Member[], call: Balanced, tried: readonly string[]): Member | null => {
    for (const tier of TIERS) {
      if (gather(members, tier, tried) || (tried.length > 0 && gather(members, tier, NONE))) {
        return candidates.length === 1 ? candidates[0]! : strategy.pick(candidates, call)
      }
    }
    return null
  }
}

const NONE: readonly string[] = []
const TIERS: readonly (readonly Fitness[])[] = [['fit'], ['ejected', 'failing-probes'], ['unreachable']]

function countEjected(members: readonly Member[]): number {
  return members.filter((member) => member.fitness() === 'ejected').length
}

function meanLatencyMs(members: readonly Member[]): number {
  if (members.length === 0) return FIRST_LATENCY_MS
  return members.reduce((sum, { latencyMs }) => sum + latencyMs, 0) / members.length
}

function toState(member: Member): InstanceState {
  const { id, wire, inFlight, latencyMs } = member
  return { id, address: wire.address, fitness: member.fitness(), inFlight, latencyMs }
}
