import { invalidationsOf, operationId, type ApplicationCachePolicy, type Operation } from '../../contract/index.ts'
import type { AppDefinition } from '../../runtime/index.ts'
import { findRead } from '../find-read.ts'
import { ask, checkUrl } from '../gateway-url.ts'
import { ownUrl } from '../own-url.ts'
import { printJson } from '../terminal/output.ts'

export interface WhyOptions {
  readonly url?: string
  readonly json: boolean
}

/** Reads the path once, as any client would, and says what the answer and its contract tell. */
export async function explainPath(app: AppDefinition, path: string, { url, json }: WhyOptions): Promise<void> {
  const found = explain(app, path)
  const response = await ask(new URL(path, url === undefined ? ownUrl() : checkUrl('--url', url)))
  await response.body?.cancel()
  const facts = { status: String(response.status), ...factsOf(response.headers), ...found }
  if (json) printJson(facts)
  else for (const [name, fact] of Object.entries(facts)) process.stdout.write(`${name.padEnd(14)} ${fact}\n`)
}

const HEADERS = {
  'in front': 'cache-status',
  answered: 'x-cache',
  age: 'age',
  'for browsers': 'cache-control',
  'for CDNs': 'cdn-cache-control',
  etag: 'etag',
}

function factsOf(headers: Headers): Record<string, string> {
  const entries = Object.entries(HEADERS).map(([name, header]) => [name, headers.get(header)] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => entry[1] !== null))
}

/** What the contract says of the operation behind the path. */
function explain(app: AppDefinition, path: string): Record<string, string> {
  const { contract, name, operation, input } = findRead(app, path)
  return { operation: operationId(contract, name), ...describe(operation, input) }
}

function describe({ cache }: Operation, input: object): Record<string, string> {
  if (!cache) return { kept: 'nowhere: only its reader may see it' }
  const tags = cache.tags(input as never).join(', ')
  return { tags, ...(cache.application ? describeKept(cache.application) : { kept: 'by shared caches only' }) }
}

function describeKept(policy: ApplicationCachePolicy): Record<string, string> {
  const { strategy, maxAgeSeconds, negativeMaxAgeSeconds = 1, staleIfErrorSeconds = 0 } = policy
  const events = Object.keys(invalidationsOf(strategy)).join(', ')
  return {
    kept: `${strategy.kind}, at most ${maxAgeSeconds} s; ${negativeMaxAgeSeconds} s when there is no such thing; ${staleIfErrorSeconds} s more while nobody answers`,
    ...(events ? { 'ended by': events } : {}),
    ...(strategy.kind === 'write-through' ? { 'written by': Object.keys(strategy.writtenBy).join(', ') } : {}),
  }
}
