import { createCachePlan } from '../../cache/index.ts'
import { operationId } from '../../contract/index.ts'
import { systemClock as clock } from '../../core/index.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { usageFault } from '../terminal/fail.ts'
import { findRead } from '../find-read.ts'
import { checkUrl } from '../gateway-url.ts'
import { listenForInterrupt } from '../terminal/interrupt.ts'
import { printJson } from '../terminal/output.ts'
import { ownUrl } from '../own-url.ts'
import { httpPlaces } from './probe/http-places.ts'
import { measureStaleness, type Staleness } from './probe/measure-staleness.ts'
import type { Place } from './probe/place.ts'
import { createPutBack } from './probe/put-back.ts'
import { openRedisPlace } from './probe/redis-place.ts'
import { toCells, toRows } from './probe/staleness-rows.ts'
import { printTable } from '../terminal/table.ts'
import { commandLogger } from '../with-tools.ts'

export interface ProbeOptions {
  readonly url?: readonly string[]
  readonly cdn?: readonly string[]
  readonly writes: string
  readonly json: boolean
}

const MAX_WRITES = 1_000

/** Writes a resource as it is, again and again, and measures when each layer shows the write; ends with 1 when one is beyond its bound. */
export async function probeCaches(app: AppDefinition, path: string, options: ProbeOptions): Promise<void> {
  const writes = parseWrites(options.writes)
  const found = findRead(app, path)
  const operation = createCachePlan([found.contract]).operations.get(operationId(found.contract, found.name))
  if (!operation) throw usageFault('path', `No gateway keeps answers of '${path}': there is nothing to measure.`)
  const gateways = options.url?.map((url) => checkUrl('--url', url)) ?? [ownUrl()]
  const cdns = (options.cdn ?? []).map((url) => checkUrl('--cdn', url))
  const subject = createPutBack({ path, found, gateway: gateways[0]!, token: tokenOf(process.env) })
  const { sharedMaxAgeSeconds, staleWhileRevalidateSeconds = 0 } = found.operation.cache!
  const version = /^\/api\/v(\d+)/.exec(path)?.[1] ?? '1'
  const asked = httpPlaces(gateways, cdns, {
    path,
    boundMs: operation.maxAgeMs,
    // A shared cache may take up a copy of a gateway that is as old as it may be.
    sharedBoundMs: operation.maxAgeMs + (sharedMaxAgeSeconds + staleWhileRevalidateSeconds) * 1_000,
    tagOf: (versions) => `"v${version}-${versions}"`,
  })
  const { input } = found
  await using redis = await openRedisPlace({
    operation,
    input,
    logger: commandLogger(process.env),
    environment: process.env,
  })
  const places: Place[] = redis ? [...asked, redis] : asked
  using interrupt = listenForInterrupt()
  report(await measureStaleness({ places, subject, writes, clock, signal: interrupt.signal }), options.json)
}

function parseWrites(text: string): number {
  const writes = Number(text)
  if (Number.isInteger(writes) && writes >= 1 && writes <= MAX_WRITES) return writes
  throw usageFault('--writes', `it must be a whole number between 1 and ${MAX_WRITES}, got ${JSON.stringify(text)}.`)
}

/** From the environment: a token on a command line is read by whoever lists processes. */
function tokenOf({ PROBE_TOKEN: token }: NodeJS.ProcessEnv): string {
  if (token) return token
  throw usageFault('PROBE_TOKEN', 'it is not set. Set it to an access token of somebody who may change the resource.')
}

const CURE = 'nothing was measured there. Correct the address, or what keeps it from keeping answers.'

function report(staleness: Staleness, json: boolean): void {
  const rows = toRows(staleness)
  if (json) printJson({ skipped: staleness.skipped, places: rows })
  else {
    const { head, cells } = toCells(rows)
    printTable(head, cells)
    if (staleness.skipped > 0) process.stdout.write(`${staleness.skipped} writes skipped: others wrote first\n`)
  }
  const empty = rows.filter(({ held }) => held === 0)
  for (const { where } of empty) process.stderr.write(`${where} was never seen to answer from a copy: ${CURE}\n`)
  const isShort = rows.some(({ count }) => count === 0)
  if (isShort || empty.length > 0 || rows.some(({ over }) => over > 0)) process.exitCode = 1
}
