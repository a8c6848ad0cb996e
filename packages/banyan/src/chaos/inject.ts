import type { Clock } from '../core/index.ts'
import { waitFor } from './wait-for.ts'
import type { Scene } from './faults/fault.ts'
import { FAULTS, type FaultKind } from './faults/kinds.ts'
import type { Load } from './load.ts'
import type { PlannedFault } from './schedule.ts'
import type { System } from './system.ts'

export interface InjectOptions extends Omit<Scene, 'random'> {
  readonly load: Load
  readonly faults: readonly PlannedFault[]
  /** Called when the system is ready again after a fault. */
  readonly onFault?: (fault: InjectedFault) => void
}

/** A fault that was injected, with the proof that it happened and met work. */
export interface InjectedFault {
  readonly kind: FaultKind
  /** Seconds since the load began. */
  readonly atS: number
  /** Visits that had ended. */
  readonly afterVisits: number
  readonly inFlight: number
  /** `null`: nothing shows that it took effect. */
  readonly proof: string | null
  /** From the fault until the system was ready again. */
  readonly downMs: number
}

/** A fault counts only when it took effect while visits were under way. */
export function hasMetWork({ proof, inFlight }: InjectedFault): boolean {
  return proof !== null && inFlight > 0
}

export interface Injected {
  readonly faults: readonly InjectedFault[]
  /** From the end of the last fault until every visit that was under way then had its final answers; `null`: no fault was. */
  readonly settledMs: number | null
  /** Visits that had succeeded when the last fault had been healed. */
  readonly succeededBefore: number
}

/** Injects each fault once its share of the visits has ended; each is healed before the next. */
export async function injectFaults(options: InjectOptions): Promise<Injected> {
  const { load, faults, clock } = options
  const beganAtMs = clock.monotonicMs()
  const injected: InjectedFault[] = []
  for (const fault of faults) {
    load.allow(fault.visitsUntilHealed)
    while (load.ended < fault.afterVisits && !load.isOver) await clock.sleep(2)
    if (load.isOver) break
    await clock.sleep(fault.delayMs)
    injected.push(await injectOne(options, { fault, beganAtMs }))
    options.onFault?.(injected.at(-1)!)
  }
  const succeededBefore = load.succeeded
  load.allow(Infinity)
  const settledMs = injected.length > 0 ? await load.whenTheseHaveEnded() : null
  return { faults: injected, settledMs, succeededBefore }
}

interface Moment {
  readonly fault: PlannedFault
  readonly beganAtMs: number
}

async function injectOne(options: InjectOptions, { fault, beganAtMs }: Moment): Promise<InjectedFault> {
  const { system, load, clock } = options
  const atMs = clock.monotonicMs()
  const [afterVisits, inFlight] = [load.ended, load.inFlight]
  const proof = await FAULTS[fault.kind].inject({ ...options, random: fault.random })
  await untilReady(system, clock)
  const downMs = Math.round(clock.monotonicMs() - atMs)
  return { kind: fault.kind, atS: toTenths((atMs - beganAtMs) / 1_000), afterVisits, inFlight, proof, downMs }
}

export function untilReady(system: Pick<System, 'url'>, clock: Clock): Promise<true> {
  return waitFor({ clock, what: 'readiness' }, async () => {
    // Nobody there yet: asked again.
    const answer = await fetch(`${system.url}/health/ready`).catch(() => null)
    await answer?.body?.cancel()
    return answer?.status === 200 || null
  })
}

function toTenths(value: number): number {
  return Math.round(value * 10) / 10
}
