import { request, type IncomingHttpHeaders } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { defineCommand, defineContract, defineQuery, reply, user, UserId } from '../../contract/index.ts'
import { coreErrors, systemClock, Type } from '../../core/index.ts'
import { createLocalWire, createServiceEndpoint, type RunningOperations } from '../../mesh/index.ts'
import { createMetrics, exposeMetrics, silentLogger } from '../../observe/index.ts'
import { startOriginSwitch, type OriginSwitch, type SharedCache } from '../../testing/index.ts'
import { createGateway } from '../gateway.ts'
import { fixtureOptions } from '../gateway.fixture.ts'
import { defineProductRead } from '../caching/product-read.fixture.ts'

const Note = Type.Object({ userId: UserId, text: Type.String() })

const site = defineContract({
  name: 'site',
  errors: {},
  operations: {
    getProduct: defineProductRead({ sharedMaxAgeSeconds: 1, staleWhileRevalidateSeconds: 1, staleIfErrorSeconds: 60 }, [
      'products',
    ]),
    getNote: defineQuery({
      summary: 'What only one may see.',
      http: 'GET /users/:userId/note',
      input: Type.Object({ userId: UserId }),
      output: Note,
      access: user({ owner: ({ userId }) => userId, roles: ['admin'] }),
    }),
    putNote: defineCommand({
      summary: 'A write.',
      http: 'PUT /users/:userId/note',
      input: Note,
      output: Note,
      access: user({ owner: ({ userId }) => userId }),
    }),
  },
  events: {},
})

/** A gateway behind a shared cache, and what has come through to it. */
export interface Site extends AsyncDisposable {
  readonly cache: SharedCache
  readonly origin: OriginSwitch
  /** Asked past the cache. */
  readonly direct: string
  /** Answers of `site.getProduct` by status, and all calls of notes. */
  answers(status: number): number
  readonly notes: number
  /** What products say from now on; their versions rise with it. */
  change(): void
  /** From now on there is this product. */
  add(productId: string): void
}

export type StartCache = (options: { readonly origin: string }) => Promise<SharedCache>

export async function startSite(startCache: StartCache): Promise<Site> {
  let version = 1
  let notes = 0
  const known = new Set(Array.from({ length: 100 }, (_, index) => String(index + 1)))
  const operations = {
    async getProduct({ productId: id }: { productId: string }) {
      if (!known.has(id)) throw coreErrors.NOT_FOUND()
      // Long enough to be compressed.
      const name = `Büchertisch ${version}, `.repeat(100)
      const updatedAt = '2026-01-15T10:30:00.000Z'
      const price = { amountMinor: 1_999, currency: 'USD' }
      return reply({ id, name, price, updatedAt }, { versions: `p${version}`, changedAt: updatedAt })
    },
    async getNote({ userId }: { userId: string }) {
      notes += 1
      return reply({ userId, text: `for ${userId} only, ${notes}` })
    },
    async putNote(input: { userId: string; text: string }) {
      return reply(input)
    },
  } as unknown as RunningOperations<typeof site>
  const endpoint = createServiceEndpoint({ contract: site, operations, clock: systemClock, logger: silentLogger })
  const metrics = createMetrics()
  const gateway = createGateway({
    ...fixtureOptions({
      wire: createLocalWire({ clock: systemClock, encode: true, endpoints: [endpoint] }),
    }),
    contracts: [site],
    metrics,
  })
  await using started = new AsyncDisposableStack()
  const { url } = await started.use(gateway).start()
  const origin = started.adopt(await startOriginSwitch(url), (one) => one.stop())
  const cache = started.use(await startCache({ origin: origin.url }))
  const all = started.move()
  return {
    cache,
    origin,
    direct: url,
    answers: (status) => countAnswers(exposeMetrics(metrics), status),
    get notes() {
      return notes
    },
    change: () => void version++,
    add: (productId) => void known.add(productId),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

function countAnswers(exposition: string, status: number): number {
  const line = new RegExp(
    `^banyan_http_requests_total\\{[^}]*site\\.getProduct[^}]*status="${status}"[^}]*\\} (\\d+)`,
    'm',
  )
  return Number(line.exec(exposition)?.[1] ?? 0)
}

export interface Seen {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Decoded. */
  readonly text: string
  /** What the cache says it did: `Cache-Status`. */
  readonly did: string
}

export interface Ask {
  readonly method?: string
  /** A list: each line as it is given, also two of one name. */
  readonly headers?: Readonly<Record<string, string>> | readonly string[]
  readonly body?: string
}

/** As it comes, coding and all: `fetch` would hide it. */
export function ask(url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const lines = Array.isArray(headers) ? ['Host', new URL(url).host, ...headers] : headers
    const outgoing = request(url, { method, headers: lines }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () => {
        const text = decode(Buffer.concat(chunks), incoming.headers['content-encoding']).toString()
        const did = String(incoming.headers['cache-status'] ?? '')
        resolve({ status: incoming.statusCode!, headers: incoming.headers, text, did })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function decode(bytes: Buffer, coding: string | undefined): Buffer {
  if (bytes.length === 0) return bytes
  if (coding === 'br') return brotliDecompressSync(bytes)
  return coding === 'gzip' ? gunzipSync(bytes) : bytes
}

const LIMIT_MS = 60_000

/** Asks again and again until an answer is as wanted. */
export async function askUntil(url: string, isWanted: (seen: Seen) => boolean, how?: Ask): Promise<Seen> {
  const endAtMs = performance.now() + LIMIT_MS
  for (;;) {
    const seen = await ask(url, how)
    if (isWanted(seen)) return seen
    if (performance.now() > endAtMs) throw new Error(`still ${seen.status} ${seen.did} after ${LIMIT_MS} ms`)
    await systemClock.sleep(20)
  }
}
