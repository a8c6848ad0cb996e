import type { Clock } from '../core/index.ts'
import type { OpenWorkload } from '../runtime/index.ts'

export interface LoadOptions {
  readonly workload: Pick<OpenWorkload, 'visit'>
  readonly visits: number
  /** Visits under way at once. */
  readonly atOnce: number
  readonly clock: Clock
  /** No visit begins any more. */
  readonly signal: AbortSignal
}

/** All visits, `atOnce` at a time, each taking the next when its own has ended. */
export interface Load {
  readonly ended: number
  readonly inFlight: number
  readonly succeeded: number
  readonly isOver: boolean
  readonly answers: ReadonlyMap<string, number>
  readonly complaints: readonly string[]
  /** Visits that succeeded, by second since the start. */
  readonly perSecond: readonly number[]
  /** Visits with a lower number may begin, others wait. All may until it is first called. */
  allow(below: number): void
  /** Resolves when the last has ended. */
  run(): Promise<void>
  /** Resolves once all visits that are under way now have ended, to how long that took. */
  whenTheseHaveEnded(): Promise<number>
}

/** Then something is so wrong that going on would only bury it. */
const MAX_COMPLAINTS = 50

export function startLoad({ workload, visits, atOnce, clock, signal }: LoadOptions): Load {
  const answers = new Map<string, number>()
  const complaints: string[] = []
  const perSecond: number[] = []
  const underWay = new Map<number, Promise<void>>()
  const beganAtMs = clock.monotonicMs()
  const counts = { next: 0, ended: 0, succeeded: 0, isOver: false }
  const allowance = createAllowance(signal)

  return {
    get ended() {
      return counts.ended
    },
    get inFlight() {
      return underWay.size
    },
    get succeeded() {
      return counts.succeeded
    },
    get isOver() {
      return counts.isOver
    },
    answers,
    complaints,
    perSecond,
    allow: allowance.allow,
    async run() {
      await Promise.all(Array.from({ length: Math.min(atOnce, visits) }, work))
      counts.isOver = true
    },
    async whenTheseHaveEnded() {
      const fromMs = clock.monotonicMs()
      await Promise.all(underWay.values())
      return clock.monotonicMs() - fromMs
    },
  }

  async function work(): Promise<void> {
    while (counts.next < visits && complaints.length < MAX_COMPLAINTS && !signal.aborted) {
      if (allowance.includes(counts.next)) await visitNext(counts.next++)
      else await allowance.next()
    }
  }

  async function visitNext(index: number): Promise<void> {
    const visit = visitOnce(index)
    underWay.set(index, visit)
    await visit
    underWay.delete(index)
    counts.ended++
    if (complaints.length >= MAX_COMPLAINTS) allowance.lookAgain()
  }

  async function visitOnce(index: number): Promise<void> {
    try {
      const visit = await workload.visit(index)
      complaints.push(...visit.complaints.map((complaint) => `visit ${index}: ${complaint}`))
      for (const answer of visit.answers) answers.set(answer, (answers.get(answer) ?? 0) + 1)
      if (visit.succeeded) countSuccess()
    } catch (error) {
      complaints.push(`visit ${index}: ${(error as Error).message}`)
    }
  }

  function countSuccess(): void {
    countIn(perSecond, Math.floor((clock.monotonicMs() - beganAtMs) / 1_000))
    counts.succeeded++
  }
}

function countIn(perSecond: number[], second: number): void {
  while (perSecond.length <= second) perSecond.push(0)
  perSecond[second]!++
}

/** Which visits may begin, and who waits for it to change. */
function createAllowance(signal: AbortSignal) {
  let below = Infinity
  let change = Promise.withResolvers<void>()
  const lookAgain = () => {
    change.resolve()
    change = Promise.withResolvers()
  }
  signal.addEventListener('abort', lookAgain)
  return {
    includes: (index: number) => index < below,
    next: () => change.promise,
    lookAgain,
    allow(to: number) {
      below = to
      lookAgain()
    },
  }
}
