import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { Type } from 'typebox'
import { defineContract, defineQuery, internal, type PolicyChanges } from '../contract/index.ts'
import { pickTopology } from './pick-topology.ts'
import type { Topology } from './topology.ts'

const contracts = ['users', 'orders', 'payments'].map((name) =>
  defineContract({
    name,
    operations: {
      look: defineQuery({ summary: 'Looks.', input: Type.Object({}), output: Type.Null(), access: internal }),
    },
  }),
)
const good: Topology = {
  name: 'fleet',
  databases: 'each',
  processes: [
    { name: 'gateway', services: [], gateway: true },
    { name: 'users', services: ['users'], gateway: false, port: 4_100 },
    { name: 'money', services: ['orders', 'payments'], gateway: false, port: 4_200, needs: ['users'] },
  ],
}

function pick(topology: unknown, more: { readonly instances?: Readonly<Record<string, number>> } = {}) {
  const topologies = [topology as Topology]
  return pickTopology({
    topologies,
    name: (topology as Topology).name,
    contracts,
    gatewayPort: 3_000,
    ...more,
  })
}

async function faultsOf(topology: unknown, more = {}): Promise<string> {
  return pick(topology, more).then(
    () => '',
    (error: Error) => error.message,
  )
}

describe('a topology', () => {
  test('without faults passes; instances can be chosen at the start', async () => {
    assert.equal(await pick(good), good)
    const scaled = await pick(good, { instances: { money: 3 } })
    assert.deepEqual(
      scaled.processes.map(({ instances }) => instances),
      [1, 1, 3],
    )
  })

  test('reports every fault at once', async () => {
    const message = await faultsOf({
      name: 'broken',
      databases: { users: 'one', orders: 'one', cellar: 'two' },
      calls: {
        attic: {},
        users: { policy: { retry: { maxAttempts: 0 }, magic: {} } as PolicyChanges },
        orders: { operations: { look: { bulkhead: { maxInFlight: 0 } }, leap: {} } },
      },
      processes: [
        { name: 'users', services: ['users', 'garden'], gateway: false, port: 4_100, instances: 2, needs: ['orders'] },
        { name: 'orders', services: ['orders'], gateway: false, port: 4_102, needs: ['users', 'moon'] },
        { name: 'orders', services: ['users'], gateway: false, port: 3_000 },
        { name: 'idle', services: [], gateway: false },
      ],
    })
    for (const fault of [
      "has two processes 'orders'",
      "places 'garden', which is no service of this app: users, orders, payments",
      "places 'payments' in no process. Add it to the `services` of one: users, orders, orders, idle.",
      "places 'users' twice: users, orders. Place",
      'has 0 gateways',
      "has a process 'idle' that runs nothing",
      "names no database for 'payments'",
      "names a database for no service: 'cellar'",
      "gives the database 'one' to two services",
      "lets 'orders' need 'moon', which is no service",
      'for ever: users → orders → users',
      'has the gateway and orders on port 3000',
      'has users and orders on port 4102',
      "says how 'attic' is called",
      "policy of 'users'",
      "'retry.maxAttempts' must be >= 1",
      '(magic)',
      "policy of 'orders'",
      "Operation 'look': Option 'bulkhead.maxInFlight' must be >= 1",
      "'leap' is no operation of it: look",
    ]) {
      assert.ok(message.includes(fault), `${fault}\n${message}`)
    }
  })

  test('of another shape is refused with what each field may be', async () => {
    const message = await faultsOf({
      name: 'odd',
      wire: 'pigeon',
      colour: 'red',
      processes: [
        { name: 'a', services: ['garden', 'users'], gateway: true, instances: 0, wire: 'http' },
        { name: 'a', services: ['users'], gateway: false },
        { name: 'b', services: 'orders', gateway: false },
        null,
      ],
    })
    for (const fault of [
      "'wire'",
      '(colour); it may have name, wire, broker, databases, calls, processes',
      "'processes.0' must not have additional properties (wire); it may have name, services, gateway, instances, port, needs",
      "'processes.0.instances' must be >= 1, got 0",
      "has two processes 'a'",
      "places 'garden', which is no service of this app",
      "places 'users' twice: a, a",
    ]) {
      assert.ok(message.includes(fault), `${fault}\n${message}`)
    }
    assert.doesNotMatch(message, /places '(payments|orders)'/, 'what the others place is not known')
  })

  test('a gateway that waits for who waits for it is a cycle, too', async () => {
    const message = await faultsOf({
      name: 'loop',
      processes: [
        { name: 'edge', services: ['users'], gateway: true },
        { name: 'money', services: ['orders', 'payments'], gateway: false, needs: ['users'] },
      ],
    })
    assert.match(message, /edge → money → edge/)
  })

  test('instances of a process that there is not are a fault', async () => {
    assert.match(
      await faultsOf(good, { instances: { moon: 2 } }),
      /--instances names 'moon', .*: gateway, users, money/,
    )
  })

  test('can be a file; one that cannot be read says why', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'banyan-topology-'))
    const choice = { topologies: [good], contracts, gatewayPort: 0 }
    try {
      await writeFile(join(folder, 'own.json'), JSON.stringify({ ...good, name: 'own' }))
      await writeFile(join(folder, 'own.mjs'), `export const topology = ${JSON.stringify({ ...good, name: 'module' })}`)
      assert.equal((await pickTopology({ ...choice, name: join(folder, 'own.json') })).name, 'own')
      assert.equal((await pickTopology({ ...choice, name: join(folder, 'own.mjs') })).name, 'module')
      await assert.rejects(pickTopology({ ...choice, name: join(folder, 'none.json') }), /cannot be read: ENOENT/)
      await assert.rejects(pickTopology({ ...choice, name: 'zoo' }), /one of fleet, or a file, got "zoo"/)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
