import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { createClient, reply, serviceCall, type Call, type Reply } from 'banyan/contract'
import { coreErrors, isError, systemClock, systemRandom } from 'banyan/core'
import {
  createCredentials,
  createServiceEndpoint,
  loadTransport,
  type RunningOperations,
  type Transport,
} from 'banyan/mesh'
import { silentLogger } from 'banyan/observe'
import { shop } from '../app.ts'
import { products } from '../products/contract.ts'
import { productErrors } from '../products/errors.ts'
import { createPythonStubs, type PythonStubs } from './python-tools.ts'

/** Both directions with Python, which knows nothing of us but packages/shop/proto/products.proto. */
const run = promisify(execFile)
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const credentials = createCredentials({ names: ['orders'], secret: Buffer.alloc(32, 7), clock: systemClock })
const tools = { clock: systemClock, random: systemRandom, logger: silentLogger, credentials }
const seen: { readonly input: unknown; readonly call: Call }[] = []
let transport: Transport
let stubs: PythonStubs

before(async () => {
  const files = ['../../proto/products.proto', './reflection.proto'].map((path) => new URL(path, import.meta.url))
  stubs = await createPythonStubs(files)
  const { protoLock, services } = shop
  const contracts = services.map(({ contract }) => contract)
  transport = await loadTransport('grpc', { contracts, release: '1.0.0', ...(protoLock && { protoLock }) })
})
after(() => stubs[Symbol.asyncDispose]())

const times = { createdAt: '2026-01-15T10:30:00.000Z', updatedAt: '2026-01-15T10:30:00.000Z' }

function endpoint() {
  const others = Object.keys(products.operations).map((name) => [name, () => Promise.reject(coreErrors.NOT_FOUND())])
  const operations = {
    ...Object.fromEntries(others),
    createProduct(input: { readonly name: string; readonly price: object; readonly attributes?: object }, call: Call) {
      seen.push({ input, call })
      const { name, price, attributes = {} } = input
      const product = { id: '7', name, description: '', category: 'Office', price, attributes, available: 3, ...times }
      return Promise.resolve(reply(product, { versions: 'p7' }))
    },
    getProduct({ productId }: { readonly productId: string }, { signal }: Call): Promise<Reply> {
      if (productId !== 'slow') return Promise.reject(coreErrors.NOT_FOUND())
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(coreErrors.CANCELLED())))
    },
  } as unknown as RunningOperations<typeof products>
  return createServiceEndpoint({ contract: products, operations, clock: systemClock, logger: silentLogger })
}

const environment = () => ({ PYTHONPATH: stubs.folder, PATH: process.env.PATH })

test('a Python client calls a service: values, context, errors, deadline, reflection', async () => {
  await using server = await transport.serve({ ...tools, address: 'tcp://127.0.0.1:0', endpoints: [endpoint()] })
  const place = server.address.replace('tcp://', '')
  const program = [here('client.py'), place, credentials.issue('products')]
  const { stdout } = await run(stubs.python, program, { env: environment(), timeout: 30_000 })
  const said = JSON.parse(stdout) as Record<string, Record<string, unknown>>
  const attributes = { colour: 'walnut', sizes: [1, 2.5, null], deep: { yes: true } }
  const price = { amountMinor: 1999, currency: 'USD' }
  assert.deepEqual(seen[0]?.input, { name: 'Desk ü', price, attributes, onHand: 0 }, 'onHand 0 is not absent')
  const { key, requestId, principal } = seen[0].call
  assert.deepEqual([key, requestId, principal.kind], ['k1', 'from-python', 'user'])
  assert.deepEqual(said.created?.attributes, attributes)
  assert.deepEqual(said.created?.price, { amountMinor: '1999', currency: 'CURRENCY_USD' })
  assert.equal(said.versions, 'p7')
  const { code, effect, status, packed } = said.unknown!
  assert.deepEqual([code, effect, status, packed], ['api.NOT_FOUND', 'not-applied', 'NOT_FOUND', true])
  assert.deepEqual([said.untrusted!.status, said.untrusted!.code], ['UNAUTHENTICATED', 'mesh.UNTRUSTED_CALLER'])
  assert.deepEqual([said.invalid!.status, said.invalid!.code], ['INVALID_ARGUMENT', 'api.INVALID_INPUT'])
  assert.equal(said.late!.status, 'DEADLINE_EXCEEDED')
  assert.deepEqual(said.services, ['grpc.health.v1.Health', 'shop.products.Products'])
  assert.equal(said.reflected, true, 'reflection describes what protoc makes of the file')
})

test('a Python server is called over our wire: values, context, errors by status and by code', async () => {
  const server = spawn(stubs.python, [here('server.py')], { env: environment(), stdio: ['pipe', 'pipe', 'inherit'] })
  const [port] = (await once(server.stdout, 'data')) as [Buffer]
  const wire = transport.connect({ ...tools, address: `tcp://127.0.0.1:${port.toString().trim()}` })
  try {
    const client = createClient(products, wire, serviceCall('orders', { requestId: 'r1' }))
    const { data, versions } = await client.getProduct.reply({ productId: '42' })
    assert.deepEqual([data.id, data.name, data.available, versions], ['42', 'r1', 2 ** 53 - 1, 'p1'])
    assert.deepEqual(data.price, { amountMinor: 5, currency: 'USD' })
    assert.deepEqual(data.attributes, { principal: '{"kind":"service","name":"orders"}', left: true })
    await assert.rejects(client.getProduct({ productId: 'none' }), (error) => isError(error, coreErrors.NOT_FOUND))
    const order = { orderId: 'ord_42_7zk3m9q2x8c4v6b1', userId: '42', items: [{ productId: '1', quantity: 1 }] }
    const refused = await client.reserveStock(order).then(
      () => assert.fail('expected a refusal'),
      (error: unknown) => error,
    )
    assert.ok(isError(refused, productErrors.OUT_OF_STOCK), String(refused))
    assert.match((refused as Error).message, /1 lines, none in stock/)
    await assert.rejects(client.createProduct({ name: 'x', price: data.price }), /Method not implemented|no operation/)
  } finally {
    await wire.stop()
    server.stdin.end()
    await once(server, 'exit')
  }
})
