import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ApplicationCachePolicy, Contract } from 'banyan/contract'
import { silentLogger } from 'banyan/observe'
import { startProcess, type AppDefinition, type RunningProcess } from 'banyan/runtime'
import type { TestPostgres } from 'banyan/testing'
import { shop } from '../../packages/shop/src/app.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
export const ADMIN = { email: 'admin@example.com', password: 'the-admin-of-the-bench' }

/** One gateway with all services behind it, in this process; several may share a PostgreSQL. */
export interface BenchShop extends AsyncDisposable {
  readonly url: string
  readonly running: RunningProcess
  /** A counter, summed over all series that hold these labels. */
  count(name: string, labels: Readonly<Record<string, string>>): Promise<number>
}

export interface BenchShopOptions {
  readonly postgres: Pick<TestPostgres, 'connection'>
  readonly name: string
  /** How the gateway keeps a product; `null`: as the shop's contract says. */
  readonly product?: ApplicationCachePolicy | null
  readonly environment?: Readonly<Record<string, string>>
}

export async function startBenchShop(options: BenchShopOptions): Promise<BenchShop> {
  const { postgres, name, product = null, environment = {} } = options
  const folder = await mkdtemp(join(tmpdir(), 'banyan-bench-'))
  const { host, user, database } = postgres.connection
  const running = await startProcess({
    app: product ? keeping(shop, product) : shop,
    environment: {
      PORT: '0',
      BANYAN_DATA: folder,
      BANYAN_PROCESS: name,
      DATABASE_URL: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`,
      BANYAN_SECRET: 'a secret of the bench, the same in every process',
      TOKEN_KEYS: 'bench:a-token-key-of-the-bench-with-32-characters',
      ADMIN_PASSWORD: ADMIN.password,
      RATE_LIMIT_PER_SECOND: '0',
      ...environment,
    },
    mode: 'serve',
    logger: silentLogger,
    databaseLimits: { connections: 4 },
  })
  return {
    url: running.url!,
    running,
    count: async (counter, labels) => sum(await scrape(running.url!), counter, labels),
    async [Symbol.asyncDispose]() {
      await running.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The same app with another policy for `products.getProduct`. */
function keeping(app: AppDefinition, application: ApplicationCachePolicy): AppDefinition {
  const services = app.services.map((service) =>
    service.contract.name === 'products'
      ? { ...service, contract: withPolicy(service.contract, application) }
      : service,
  )
  return { ...app, services }
}

function withPolicy(contract: Contract, application: ApplicationCachePolicy): Contract {
  const { getProduct } = contract.operations
  const changed = { ...getProduct!, cache: { ...getProduct!.cache!, application } }
  return { ...contract, operations: { ...contract.operations, getProduct: changed as typeof getProduct & {} } }
}

async function scrape(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text()
}

function sum(exposition: string, name: string, labels: Readonly<Record<string, string>>): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  return exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) && wanted.every((label) => line.includes(label)))
    .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' '))), 0)
}

/** Headers of an administrator's requests, asked for at this address: the gateway's, or a cache's in front of it. */
export async function logInAdmin(url: string): Promise<Readonly<Record<string, string>>> {
  const init = { method: 'POST', headers: JSON_TYPE, body: JSON.stringify(ADMIN) }
  const { data } = (await (await fetch(`${url}/api/v2/sessions`, init)).json()) as { data: { accessToken: string } }
  return { ...JSON_TYPE, authorization: `Bearer ${data.accessToken}` }
}
