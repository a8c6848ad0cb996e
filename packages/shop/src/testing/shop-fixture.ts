import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type Client } from 'banyan/contract'
import type { DatabaseLimits } from 'banyan/data'
import type { Middleware } from 'banyan/mesh'
import { silentLogger } from 'banyan/observe'
import { auditApp, startProcess, type ProcessOptions, type RunningProcess } from 'banyan/runtime'
import type { TestPostgres } from 'banyan/testing'
import { shop } from '../app.ts'
import { orders } from '../orders/contract.ts'
import { payments } from '../payments/contract.ts'
import { products } from '../products/contract.ts'
import { users } from '../users/contract.ts'
import { userPrincipal } from './principals.ts'

const ADMIN_PASSWORD = 'the-admin-of-tests'

export interface ShopFixtureOptions {
  readonly postgres: Pick<TestPostgres, 'connection'>
  /** Of the process; two fixtures over one PostgreSQL need two. Default `one`. */
  readonly name?: string
  /** Faults, around every call of every service. */
  readonly middleware?: readonly Middleware[]
  /** Default: as `BANYAN_FAULTS` says. */
  readonly faults?: ProcessOptions['faults']
  /** Faults, around each log that consumers read. */
  readonly wrapLog?: ProcessOptions['wrapLog']
  readonly databaseLimits?: DatabaseLimits
  /** Settings beside those of the tests. */
  readonly environment?: Readonly<Record<string, string>>
}

/** The whole shop in this process, as `npm start` runs it, over a test's PostgreSQL. */
export interface ShopFixture extends AsyncDisposable {
  readonly running: RunningProcess
  readonly url: string
  readonly admin: { readonly email: string; readonly password: string }
  /** Clients that call as the platform; `as` calls as a customer. */
  readonly orders: Client<typeof orders>
  readonly payments: Client<typeof payments>
  readonly products: Client<typeof products>
  readonly users: Client<typeof users>
  ordersAs(userId: string): Client<typeof orders>
  /** The rows at fault of every invariant that is broken, after the settling time. */
  faults(): Promise<string[]>
  /** Ends this process as a crash would, as far as its sagas can tell: it acts no more and gives nothing back. */
  stop(): Promise<void>
}

export async function startShop(options: ShopFixtureOptions): Promise<ShopFixture> {
  const { postgres, name = 'one', middleware = [], databaseLimits = { connections: 4 }, environment } = options
  const { wrapLog, faults } = options
  const folder = await mkdtemp(join(tmpdir(), 'banyan-shop-'))
  const { host, user, database } = postgres.connection
  const running = await startProcess({
    app: shop,
    environment: {
      NODE_ENV: 'test',
      PORT: '0',
      BANYAN_DATA: folder,
      BANYAN_PROCESS: name,
      DATABASE_URL: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`,
      BANYAN_SECRET: 'a secret of the tests, the same in every process',
      TOKEN_KEYS: 'test:a-token-key-of-the-tests-with-32-characters',
      ADMIN_PASSWORD,
      RATE_LIMIT_PER_SECOND: '0',
      ...environment,
    },
    mode: 'serve',
    encode: true,
    logger: silentLogger,
    middleware,
    faults,
    wrapLog,
    databaseLimits,
  })
  const { wire } = running
  const platform = { principal: { kind: 'service', name: 'audit' }, timeoutMs: 30_000 } as const
  const stop = async () => {
    await running.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return {
    running,
    url: running.url!,
    admin: { email: 'admin@example.com', password: ADMIN_PASSWORD },
    orders: createClient(orders, wire, platform),
    payments: createClient(payments, wire, platform),
    products: createClient(products, wire, platform),
    users: createClient(users, wire, platform),
    ordersAs: (userId) => createClient(orders, wire, { ...platform, principal: userPrincipal(userId) }),
    async faults() {
      const findings = await auditApp({ app: shop, running, journal: null, settlingMs: 500 })
      return findings
        .filter(({ verdict }) => verdict === 'broken')
        .flatMap(({ invariant, rows }) => rows.map((row) => `${invariant}: ${row}`))
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
