import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect } from 'node:tls'
import {
  createTestAuthority,
  findFreePort,
  startPostgresProxy,
  startTestPostgres,
  until,
  type PostgresProxy,
  type TestPostgres,
} from 'banyan/testing'
import { ADMIN_PASSWORD, BANYAN } from './testing/shop-child.ts'
import { createShopClient, logInCustomers, type Login, type ShopClient } from './testing/shop-client.ts'

const SERVICES = ['users', 'products', 'payments', 'orders', 'notifications'] as const
const DRAIN_MS = 10_000

describe('the shop as containers run it: `banyan serve`, told by its environment only, under mutual TLS', () => {
  let postgres: TestPostgres
  let proxy: PostgresProxy
  let ports: ReadonlyMap<string, number>
  const children = new Map<string, Child>()
  let client: ShopClient
  let customers: Login[]
  let certificates: string
  const certify = createTestAuthority()

  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    proxy = await startPostgresProxy(postgres.connection)
    proxy.cutOff()
    certificates = await mkdtemp(join(tmpdir(), 'banyan-serve-'))
    const names = [...SERVICES, 'gateway', ...SERVICES.map(healthOf)]
    ports = new Map(await Promise.all(names.map(async (name) => [name, await findFreePort()] as const)))
    // The gateway first, the database last: the order is free.
    for (const name of ['gateway', ...SERVICES]) children.set(name, serve(name, environmentOf(name)))
    await until(() => proxy.refused > 2 * SERVICES.length)
    proxy.restore()
    const [gateway] = await Promise.all([...children.values()].map(({ ready }) => ready))
    client = createShopClient({ url: gateway! })
    customers = await logInCustomers(client, 1)
  })
  after(async () => {
    for (const { child } of children.values()) child.kill('SIGKILL')
    await proxy?.stop()
    await postgres?.stop()
    await rm(certificates, { recursive: true })
  })

  test('an order goes through processes that find each other by names', async () => {
    assert.equal((await place('first')).status, 201)
  })

  test('each serves its health and its figures on a port of its own', async () => {
    for (const service of SERVICES) {
      const url = `http://127.0.0.1:${ports.get(healthOf(service))}`
      assert.equal((await fetch(`${url}/health/live`)).status, 200)
      assert.equal((await fetch(`${url}/health/ready`)).status, 200, service)
      assert.match(await (await fetch(`${url}/metrics`)).text(), /banyan_/)
    }
  })

  test('nobody reaches a service without a certificate of the same authority', async () => {
    const port = ports.get('products')!
    const knock = (tls: object) =>
      new Promise<string>((resolve) => {
        const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...tls })
        socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
        socket.on('data', () => resolve('greeted'))
        socket.on('close', () => resolve('closed'))
      })
    assert.equal(await knock(certify('orders')), 'greeted')
    assert.notEqual(await knock({}), 'greeted')
    assert.notEqual(await knock(createTestAuthority()('orders')), 'greeted')
  })

  test('SIGTERM drains and ends with 0; the gateway names what is gone; started again, orders go on', async () => {
    const beganAtMs = performance.now()
    assert.equal(await children.get('orders')!.stop(), 0)
    assert.ok(performance.now() - beganAtMs < DRAIN_MS)
    const ready = await fetch(`${client.url}/health/ready`)
    assert.deepEqual([ready.status, /service orders/.test(await ready.text())], [503, true])
    const again = serve('orders', environmentOf('orders'))
    children.set('orders', again)
    await again.ready
    assert.equal((await place('second')).status, 201)
  })

  test('everything that is missing is said at once, and ends it with 2', async () => {
    const orders = serve('orders', { PATH: process.env.PATH, BANYAN_TOPOLOGY: 'microservices', LOG_LEVEL: 'silent' })
    assert.equal(await orders.ended, 2)
    const missing = ['BANYAN_SECRET', 'TOKEN_KEYS', 'ORDERS_DATABASE_URL', 'BANYAN_ADDRESS', 'PRODUCTS_ADDRESS']
    for (const name of missing) assert.match(orders.errors(), new RegExp(`${name} is not set\\. Set it`))
  })

  function environmentOf(name: string): NodeJS.ProcessEnv {
    const { host, port, user, database } = proxy.connection
    const own = {
      BANYAN_ADDRESS: `tcp://127.0.0.1:${ports.get(name)}`,
      HEALTH_ADDRESS: `127.0.0.1:${ports.get(healthOf(name))}`,
      DATABASE_URL: `postgres://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`,
    }
    const others = SERVICES.map((service) => [
      `${service.toUpperCase()}_ADDRESS`,
      `dns://localhost:${ports.get(service)}`,
    ])
    return {
      ...process.env,
      BANYAN_TOPOLOGY: 'microservices',
      BANYAN_SECRET: 'the secret of all processes of this test',
      TOKEN_KEYS: 'k1:the-key-that-signs-the-tokens-of-this-test',
      PORT: String(ports.get('gateway')),
      ADMIN_PASSWORD,
      LOG_LEVEL: 'silent',
      ...Object.fromEntries(others),
      ...certificateOf(name),
      ...(name === 'gateway' ? {} : own),
    }
  }

  /** Each process has its own, for the names it calls in. */
  function certificateOf(name: string): NodeJS.ProcessEnv {
    const material = name === 'gateway' ? certify('gateway', 'first-start') : certify(name)
    const files = Object.entries(material).map(([part, text]) => {
      const path = join(certificates, `${name}.${part}`)
      writeFileSync(path, text)
      return [`WIRE_TLS_${part.toUpperCase()}`, path]
    })
    return Object.fromEntries(files) as NodeJS.ProcessEnv
  }

  function place(key: string) {
    const login = customers[0]!
    const body = { items: [{ productId: '1', quantity: 1 }], paymentMethod: 'pm_visa' }
    return client.insist('POST', `/api/v2/users/${login.id}/orders`, { login, key, body })
  }
})

interface Child {
  readonly child: ChildProcess
  /** What it says that it is reached by. */
  readonly ready: Promise<string>
  readonly ended: Promise<number | null>
  errors(): string
  /** SIGTERM. Resolves with the exit code. */
  stop(): Promise<number | null>
}

function serve(name: string, env: NodeJS.ProcessEnv): Child {
  const child = spawn(process.execPath, [BANYAN, 'serve', name], { env })
  let [output, errors] = ['', '']
  const ready = Promise.withResolvers<string>()
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    const found = /^ready (\S+)/m.exec(output)?.[1]
    if (found) ready.resolve(found)
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  void ended.then((code) => ready.reject(new Error(`${name} ended with ${code} before it was ready: ${errors}`)))
  ready.promise.catch(() => null) // whoever waits is told
  const stop = () => {
    child.kill('SIGTERM')
    return ended
  }
  return { child, ready: ready.promise, ended, errors: () => errors, stop }
}

function healthOf(service: string): string {
  return `health of ${service}`
}
