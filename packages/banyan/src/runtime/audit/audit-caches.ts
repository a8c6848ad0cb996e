import { createCachePlan, digestOf, parseKey, type KeptEntry } from '../../cache/index.ts'
import { createCall, operationId, type Wire } from '../../contract/index.ts'
import { coreErrors, isError, type Clock } from '../../core/index.ts'
import { createAnswerReader, type AnswerReader } from '../../gateway/index.ts'
import type { AppDefinition, AuditFinding } from '../app.ts'
import { lookIntoCaches, type CachePlaces, type CacheLook } from './cache-looks.ts'

export interface CachesAudit {
  readonly app: Pick<AppDefinition, 'services'>
  readonly wire: Wire
  readonly clock: Clock
  readonly places: CachePlaces
}

/** A finding names no more. */
const MAX_ROWS = 100
/** Questions under way: the audit must not be a load. */
const ASKED_AT_ONCE = 16
const TIMEOUT_MS = 10_000

/**
 * I11: every answer that gateways and Redis would show is what the service says now. A place that cannot be looked into, or nothing
 * kept anywhere, is no proof: then nothing is said to hold.
 */
export async function auditCaches({ app, wire, clock, places }: CachesAudit): Promise<AuditFinding> {
  const contracts = app.services.map(({ contract }) => contract)
  const looks = await lookIntoCaches(places, createCachePlan(contracts).operations)
  const tell = createWitness({ app, wire, clock })
  const kept = looks.flatMap(({ place, entries }) => entries.map((entry) => ({ place, ...entry })))
  const said = await tell(kept)
  const faults = kept.flatMap(({ place, key, digest }) => {
    const now = said.get(key)!
    return now === digest ? [] : [`${place} keeps ${key}, ${describe(digest, now)}`]
  })
  const common = { invariant: 'I11', checked: kept.length }
  const isProof = kept.length > 0 && looks.every(({ trouble }) => trouble === null)
  if (faults.length > 0) {
    const rest = isProof ? {} : { otherwise: 'not-checked' as const }
    return { ...common, verdict: 'broken', rows: faults.slice(0, MAX_ROWS), ...rest }
  }
  return { ...common, verdict: isProof ? 'holds' : 'not-checked', rows: [summarise(looks)] }
}

/** What the services say now, by key: each is asked once, however many keep its answer. */
function createWitness({ app, wire, clock }: Omit<CachesAudit, 'places'>) {
  const readers = new Map<string, AnswerReader>()
  for (const { contract } of app.services) {
    for (const [name, operation] of Object.entries(contract.operations)) {
      const id = operationId(contract, name)
      if (operation.cache?.application) readers.set(id, createAnswerReader(wire, id, operation))
    }
  }
  return async (entries: readonly KeptEntry[]): Promise<ReadonlyMap<string, string>> => {
    const said = new Map<string, string>()
    const keys = new Set(entries.map(({ key }) => key)).values()
    const ask = async () => {
      for (const key of keys) said.set(key, await answerTo(key))
    }
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask))
    return said
  }

  async function answerTo(key: string): Promise<string> {
    const parsed = parseKey(key)
    const read = parsed && readers.get(parsed.id)
    if (!read) return 'unknown'
    try {
      return digestOf(await read(parsed.input, createCall({ clock, key: null, timeoutMs: TIMEOUT_MS })))
    } catch (error) {
      if (isError(error, coreErrors.NOT_FOUND)) return 'absent'
      throw error
    }
  }
}

function describe(kept: string, now: string): string {
  if (now === 'unknown') return 'which is no question of this app'
  if (now === 'absent') return 'which is not there any more'
  return kept === 'absent' ? 'as not there, which is there' : 'which the service answers differently'
}

function summarise(looks: readonly CacheLook[]): string {
  const texts = looks.map(({ place, entries, count, trouble }) => {
    if (trouble !== null) return `${place}: not looked into, ${trouble}`
    return `${place}: ${count > entries.length ? `a sample of ${entries.length} of ${count}` : entries.length} compared`
  })
  return texts.length === 0 ? 'no gateway and no Redis is named' : texts.join('; ')
}
