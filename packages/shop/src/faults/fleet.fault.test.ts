import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { systemRandom } from 'banyan/core'
import { askStatus, type FleetStatus } from 'banyan/runtime'
import { startTestCollector, type TestCollector, until } from 'banyan/testing'
import { createShopFolder, type ShopChild, type ShopFolder } from './testing/shop-child.ts'
import { createShopClient, logInCustomers, type Login, type ShopClient } from './testing/shop-client.ts'
import { startSteadyLoad } from './testing/steady-load.ts'

describe('the shop as processes of its own', () => {
  let collector: TestCollector
  let folder: ShopFolder
  let shop: ShopChild
  let client: ShopClient
  let customers: Login[]

  before(async () => {
    collector = await startTestCollector()
    const observed = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '50' }
    const key = { OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=of-ours' }
    const often = { OTEL_TRACES_SAMPLER_ARG: '1', OTEL_METRIC_EXPORT_INTERVAL: '1000' }
    folder = await createShopFolder({ ...process.env, BANYAN_TOPOLOGY: 'microservices', ...observed, ...key, ...often })
    shop = await folder.start()
    client = createShopClient({ url: shop.url })
    customers = await logInCustomers(client, 4)
  })
  after(async () => {
    await folder[Symbol.asyncDispose]()
    await collector[Symbol.asyncDispose]()
  })

  test('places, declines and cancels orders; the audit is clean', async () => {
    const login = customers[0]!
    const placed = await place(login, 'pm_visa')
    assert.equal(placed.status, 201)
    assert.equal((await place(login, 'pm_declined')).status, 402)
    const { id } = placed.body.data as { readonly id: string }
    const cancelled = await client.insist('POST', `/api/v2/orders/${id}/cancel`, { login, key: `cancel-${id}` })
    assert.equal((cancelled.body.data as { readonly status: string }).status, 'cancelled')
    const audit = await folder.command('audit')
    assert.equal(audit.code, 0, audit.output)
  })

  test('says what runs', async () => {
    const { code, output } = await folder.command('status', '--json')
    assert.equal(code, 0, output)
    const { instances } = JSON.parse(output) as FleetStatus
    const states = instances.map((instance) => `${instance.process} ${instance.state}`)
    assert.deepEqual(states.toSorted(), ['gateway', ...SERVICES].map((name) => `${name} ready`).toSorted())
  })

  test('a collector gets the order as one trace through all its processes, and the metrics of each', async () => {
    await until(async () => {
      const order = collector.spans.find(({ name }) => name === 'POST /users/:userId/orders')
      const trace = collector.spans.filter(({ traceId }) => traceId === order?.traceId)
      const services = new Set(trace.map(({ service }) => service))
      return ['gateway', 'orders', 'products', 'payments'].every((service) => services.has(service))
    })
    await until(async () => ['gateway', ...SERVICES].every((service) => collector.metrics.has(service)))
    assert.ok(collector.headers.every((headers) => headers['x-api-key'] === 'of-ours'))
  })

  test('a second supervisor is refused', async () => {
    const second = await folder.command('start')
    assert.match(second.output, /A supervisor runs on .* already\. Stop it/)
    assert.equal(second.code, 1)
  })

  test('every kind of process is killed, all at once: each is started again, and orders go on', async () => {
    const { instances } = await askStatus(folder.data)
    for (const { processId } of instances) process.kill(processId!, 'SIGKILL')
    await until(async () => {
      const now = (await askStatus(folder.data)).instances
      return now.length === 6 && now.every(({ state, restarts }) => state === 'ready' && restarts === 1)
    })
    assert.equal((await place(customers[1]!, 'pm_visa')).status, 201)
  })

  test('a rollout of a service and the gateway fails no request', async (t) => {
    // Some connections busy and some idle whenever one is closed, and processor time left for the processes that start.
    const pace = { connections: 16, pauseMs: 40 }
    const load = startSteadyLoad({ url: shop.url, ...pace, customers, random: systemRandom })
    const { code, output } = await folder.command('rollout', 'products', 'gateway')
    const report = await load.stop()
    t.diagnostic(`${report.requests} requests, the longest took ${report.longestMs} ms`)
    assert.equal(code, 0, output)
    assert.deepEqual(report.failures, [])
    assert.ok(report.requests > 100, `${report.requests} requests`)
    const wrong = await folder.command('rollout', 'moon')
    assert.deepEqual([wrong.code, /no process or service moon/.test(wrong.output)], [2, true])
  })

  test('a supervisor that is killed leaves no process behind; only a topology that finds the data may go on', async () => {
    const { instances } = await askStatus(folder.data)
    await shop.kill()
    await until(async () => instances.every(({ processId }) => !isAlive(processId!)))
    const elsewhere = await folder.command('start', '--topology', 'monolith')
    assert.match(elsewhere.output, /It holds the databases of topology 'microservices'/)
    assert.equal(elsewhere.code, 2)
    shop = await folder.start()
    client.url = shop.url
    const audit = await folder.command('audit')
    assert.equal(audit.code, 0, audit.output)
  })

  function place(login: Login, paymentMethod: string) {
    const body = { items: [{ productId: '1', quantity: 1 }], paymentMethod }
    const key = `${paymentMethod}-${login.id}-${client.requests}`
    return client.insist('POST', `/api/v2/users/${login.id}/orders`, { login, key, body })
  }
})

const SERVICES = ['users', 'products', 'orders', 'payments', 'notifications']

function isAlive(processId: number): boolean {
  try {
    return process.kill(processId, 0)
  } catch {
    return false // ESRCH: no such process
  }
}
