import type { Clock } from '../../core/index.ts'
import type { Member } from './member.ts'

/** Instances that left the list: they get no new calls, and their wires close when the calls in hand have ended. */
export interface Retirement {
  add(member: Member): void
  /** Closes those that are left at once. */
  stop(): Promise<void>
}

const LOOK_MS = 100
/** No call may last longer than an operation's deadline; one that seems to is not waited for. */
const PATIENCE_MS = 60_000

export function createRetirement(clock: Clock): Retirement {
  const leaving = new Map<Member, number>()
  const closing = new Set<Promise<void>>()
  let cancel: (() => void) | null = null

  function look(): void {
    cancel = null
    const nowMs = clock.monotonicMs()
    for (const [member, untilMs] of leaving) if (member.inFlight === 0 || nowMs >= untilMs) close(member)
    if (leaving.size > 0) cancel = clock.schedule(LOOK_MS, look)
  }

  function close(member: Member): void {
    leaving.delete(member)
    const closed = member.wire.stop().finally(() => closing.delete(closed))
    closing.add(closed)
  }

  return {
    add(member) {
      leaving.set(member, clock.monotonicMs() + PATIENCE_MS)
      if (cancel === null) look()
    },
    async stop() {
      cancel?.()
      cancel = null
      for (const member of leaving.keys()) close(member)
      await Promise.all(closing)
    },
  }
}
