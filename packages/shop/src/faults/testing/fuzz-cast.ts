import type { Envelope } from './fuzz-answers.ts'
import { createShopClient, logInAdmin, logInCustomers, type Login, type Order } from './shop-client.ts'
import type { FuzzRequest, PathPart, Who } from './fuzz-requests.ts'
import type { RawRequest } from './raw-request.ts'

/** Who asks, and about what: people who logged in, and the ids of what exists. */
export interface Cast {
  toRaw(request: FuzzRequest): RawRequest
  /** Remembers the ids and the cursor in an answer, for later requests. */
  learn(answer: Envelope): void
}

/** The first customers act; these may be deleted. */
const EXPENDABLE_USERS = Array.from({ length: 40 }, (_, index) => String(60 + index))
const EXPENDABLE_PRODUCTS = Array.from({ length: 400 }, (_, index) => String(600 + index))
const MOST_IDS = 2_000

export async function createCast(url: string): Promise<Cast> {
  const client = createShopClient({ url })
  const admin = await logInAdmin(client)
  const [owner, other, expendable] = (await logInCustomers(client, 3)) as [Login, Login, Login]
  const apiKey = await createApiKey(client, owner)
  const pools: Record<string, string[]> = {
    userId: [owner.id, owner.id, other.id],
    productId: Array.from({ length: 40 }, (_, index) => String(index + 1)),
    orderId: [],
    paymentId: [],
    keyId: ['none'],
    cursor: ['none'],
    provider: ['sandbox', 'stripe', 'nobody'],
    'expendable userId': EXPENDABLE_USERS,
    'expendable productId': EXPENDABLE_PRODUCTS,
  }
  for (const login of [owner, other]) {
    const body = { items: [{ productId: '1', quantity: 1 }], paymentMethod: 'pm_visa' }
    const { body: placed } = await client.insist('POST', `/api/v2/users/${login.id}/orders`, {
      login,
      key: 'first',
      body,
    })
    remember(pools, placed.data)
  }
  const credentials = toCredentials({ owner, other, admin, expendable }, apiKey)
  return {
    toRaw: ({ method, path, query, who, headers, body }) => ({
      method,
      path: toPath(path, pools) + toQuery(query, pools),
      headers: { ...headers, ...credentials[who] },
      body,
    }),
    learn({ data, meta }) {
      remember(pools, data)
      if (meta.page?.nextCursor) add(pools.cursor!, meta.page.nextCursor)
    },
  }
}

async function createApiKey(client: ReturnType<typeof createShopClient>, { id, token }: Login): Promise<string> {
  const body = { name: 'fuzz', scopes: ['orders:read', 'orders:write', 'products:read', 'payments:read'] }
  const answer = await client.request('POST', `/api/v2/users/${id}/api-keys`, { token, body })
  if (answer?.status !== 201) throw new Error(`no API key: ${JSON.stringify(answer?.body)}`)
  return (answer.body.data as { readonly key: string }).key
}

function toCredentials(
  people: Record<'owner' | 'other' | 'admin' | 'expendable', Login>,
  apiKey: string,
): Record<Who, Record<string, string>> {
  const bearer = ({ token }: Login) => ({ Authorization: `Bearer ${token}` })
  return {
    nobody: {},
    garbage: { Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' },
    owner: bearer(people.owner),
    other: bearer(people.other),
    admin: bearer(people.admin),
    expendable: bearer(people.expendable),
    'api-key': { 'X-Api-Key': apiKey },
  }
}

type Pools = Record<string, string[]>

/** Ids by their shape, wherever they stand on the first level of an answer. */
function remember(pools: Pools, data: unknown): void {
  const { id, paymentId } = (data ?? {}) as Partial<Order> & { readonly paymentId?: string | null }
  if (typeof id === 'string' && id.startsWith('ord_')) add(pools.orderId!, id)
  if (typeof paymentId === 'string') add(pools.paymentId!, paymentId)
  if (typeof id === 'string' && id.startsWith('key_')) add(pools.keyId!, id)
}

function add(pool: string[], id: string): void {
  if (pool.length < MOST_IDS && !pool.includes(id)) pool.push(id)
}

function toPath(parts: readonly PathPart[], pools: Pools): string {
  return parts.map((part) => toText(part, pools)).join('')
}

function toText(part: PathPart, pools: Pools): string {
  if (typeof part === 'string') return part
  const pool = pools[part.pool]!
  return pool[part.pick % pool.length] ?? 'none'
}

function toQuery(pairs: FuzzRequest['query'], pools: Pools): string {
  if (pairs.length === 0) return ''
  const encode = (part: PathPart) => encodeURIComponent(toText(part, pools).toWellFormed())
  return `?${pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')}`
}
