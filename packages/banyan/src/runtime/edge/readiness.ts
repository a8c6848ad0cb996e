import { coreErrors } from '../../core/index.ts'
import type { ReadinessCheck } from '../../gateway/index.ts'
import type { ProcessTools } from '../process-tools.ts'
import type { ProcessWires } from '../links/process-wires.ts'
import type { RunningService } from '../services/running-service.ts'

/** By name, as people call them: what must answer before this process is ready. */
export function createReadinessChecks(
  services: ReadonlyMap<string, RunningService>,
  wires: Pick<ProcessWires, 'remote'>,
): Readonly<Record<string, ReadinessCheck>> {
  const databases = [...services.values()].map(({ name, shards }): [string, ReadinessCheck] => [
    `database of ${name}`,
    async () => void (await Promise.all(shards.all().map((database) => database.query('SELECT 1')))),
  ])
  const remote = [...wires.remote].map(([name, wire]): [string, ReadinessCheck] => [
    `service ${name}`,
    (signal) => wire.probe(signal),
  ])
  return Object.fromEntries([...databases, ...remote])
}

export interface NeedsOptions {
  readonly tools: Pick<ProcessTools, 'clock' | 'logger'>
  readonly wires: Pick<ProcessWires, 'remote'>
  readonly needs: readonly string[]
  readonly signal?: AbortSignal
  /** Default 60,000. */
  readonly timeoutMs?: number
}

const LOOK_MS = 20
const SAY_AFTER_MS = 5_000

/**
 * Waits until every service that is needed has answered: the order in which processes start is free.
 * @throws `api.UNAVAILABLE` naming those that did not; `api.CANCELLED` when `signal` aborts.
 */
export async function waitForNeeds({ tools, wires, needs, signal, timeoutMs = 60_000 }: NeedsOptions): Promise<void> {
  const { clock, logger } = tools
  const beganAtMs = clock.monotonicMs()
  let hasSaid = false
  let missing = needs
  for (;;) {
    missing = await unreachable(missing, wires)
    if (missing.length === 0) return
    const waitedMs = clock.monotonicMs() - beganAtMs
    if (waitedMs > timeoutMs) throw coreErrors.UNAVAILABLE({ what: `What this process needs (${missing.join(', ')})` })
    if (waitedMs > SAY_AFTER_MS && !hasSaid) logger.warn({ missing }, 'waiting for services that this process needs')
    hasSaid = waitedMs > SAY_AFTER_MS
    await clock.sleep(LOOK_MS, signal)
  }
}

const NEVER = new AbortController().signal

async function unreachable(services: readonly string[], { remote }: Pick<ProcessWires, 'remote'>): Promise<string[]> {
  const answers = await Promise.all(
    services.map((service) =>
      remote
        .get(service)!
        .probe(NEVER)
        .then(
          () => true,
          () => false, // asked again; after a while the log says for whom we wait
        ),
    ),
  )
  return services.filter((_, index) => !answers[index])
}
