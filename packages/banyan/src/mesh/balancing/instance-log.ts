import type { Clock } from '../../core/index.ts'
import type { Logger } from '../../observe/index.ts'
import type { Instance } from '../discovery/discovery.ts'
import type { Standing } from './ejection.ts'

/**
 * Says of one of several instances that it gets no calls: once, whatever showed it first, and once more when it gets some. While none
 * is fit it keeps quiet: then all get calls (panic rule), and that the service is away or fails is said by the outage log and the breaker.
 */
export interface InstanceLog {
  noteStanding(instance: Instance, standing: Standing): void
  /** So many probes in a row have failed as take it out; `null`: one has passed after that. */
  noteProbes(instance: Instance, failure: unknown): void
  /** It is not on the list any more. */
  forget(id: string): void
}

export interface InstanceLogOptions {
  readonly logger: Logger
  readonly clock: Clock
  /** Whether this one is fit; without one: whether any is. */
  readonly hasFit: (id?: string) => boolean
  readonly onAllSilent?: (failure: unknown) => void
}

export function createInstanceLog({ logger, clock, hasFit, onAllSilent }: InstanceLogOptions): InstanceLog {
  const told = new Set<string>()

  function away({ id, address }: Instance, why: object): void {
    if (told.has(id) || !hasFit()) return
    told.add(id)
    logger.warn({ instance: id, address, ...why }, 'an instance keeps failing and gets no calls for a while')
  }

  /** Its time is over, or it answers: whether it gets calls depends on both. */
  function back({ id, address }: Instance): void {
    if (hasFit(id) && told.delete(id)) logger.info({ instance: id, address }, 'the instance gets calls again')
  }

  return {
    noteStanding(instance, standing) {
      if (standing.kind === 'trusted') return back(instance)
      const { cause, untilMs } = standing
      away(instance, { cause, forMs: Math.round(untilMs - clock.monotonicMs()) })
    },
    noteProbes(instance, failure) {
      if (failure === null) return back(instance)
      away(instance, { cause: 'silent', error: failure })
      if (!hasFit()) onAllSilent?.(failure)
    },
    forget: (id) => void told.delete(id),
  }
}
