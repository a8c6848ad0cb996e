import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Type } from '../../core/index.ts'
import { defineContract, defineQuery, internal, type PolicyChanges } from '../../contract/index.ts'
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
      'has no gateway. Set `gateway` to true in one process: users, orders, orders, idle',
      "has a process 'idle' that runs nothing",
      "names no database for 'payments'",
      "names a database for 'cellar', which is no service of this app",
      "gives the database 'one' to users and orders. Give each its own",
      "lets 'orders' need 'moon', which is no service of this app: users, orders, payments",
      'for ever: users → orders → users',
      'has the gateway and orders on port 3000',
      'has users and orders on port 4102',
      "says how 'attic' is called",
      "policy of 'users'",
      "'retry.maxAttempts' must be at least 1",
      '(magic)',
      "policy of 'orders'",
      "Operation 'look': Option 'bulkhead.maxInFlight' must be at least 1",
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
      databases: { users: 'one', orders: 'one', payments: 'three' },
      calls: { users: { strategy: 'random' }, attic: {} },
      processes: [
        { name: 'a', services: ['garden', 'users'], gateway: true, instances: 0, wire: 'http' },
        { name: 'a', services: ['users'], gateway: false },
        { name: 'b', services: 'orders', gateway: false },
        { name: 'c', services: ['payments'], gateway: 'no', port: 70_000, instances: -1, needs: 'users', colour: 1 },
        { name: 'd', services: [], gateway: false, port: 3_000, instances: 1e9, needs: ['moon'] },
        null,
      ],
    })
    for (const fault of [
      '\'wire\' must be one of stream, http, grpc, got "pigeon"',
      '\'calls.users.strategy\' must be one of p2c-ewma, round-robin, least-connections, ip-hash, got "random"',
      '(colour); it may have name, wire, broker, databases, calls, processes',
      "'processes.0' must not have additional properties (wire); it may have name, services, gateway, instances, port, needs",
      "'processes.0.instances' must be at least 1, got 0",
      "has two processes 'a'",
      "places 'garden', which is no service of this app",
      "places 'users' twice: a, a",
      '\'processes.3.gateway\' must be true or false, got "no"',
      "'processes.3.instances' must be at least 1, got -1",
      '\'processes.3.needs\' must be a list, got "users"',
      "'processes.4.instances' must be at most 1000, got 1000000000",
      "'processes.5' must be an object, got null",
      "gives the database 'one' to users and orders",
      "says how 'attic' is called",
      "lets 'd' need 'moon', which is no service",
      'has the gateway and d on port 3000',
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

  test('ports end at 65535, with the one for a rollout', async () => {
    const processes = [{ name: 'all', services: ['users', 'orders', 'payments'], gateway: true, port: 65_535 }]
    assert.match(await faultsOf({ name: 'high', processes }), /gives 'all' the ports 65535 to 65536 .* end at 65535/)
  })

  test('a thousand faults are not told one by one', async () => {
    const processes = Array.from({ length: 3_000 }, (_, at) => ({
      name: `p${at}`,
      services: [],
      gateway: false,
      port: 9,
    }))
    const message = await faultsOf({ name: 'many', processes })
    assert.match(message, /'processes' must have at most 200 items/)
    assert.match(message, /And \d+ more\.$/)
    assert.ok(message.length < 10_000, `${message.length} characters`)
  })
})

describe('a topology in a file', () => {
  const choice = { topologies: [good], contracts, gatewayPort: 0 }
  let folder: string
  before(async () => void (folder = await mkdtemp(join(tmpdir(), 'banyan-topology-'))))
  after(() => rm(folder, { recursive: true }))

  const json = (name: string) => JSON.stringify({ ...good, name })

  async function pickFile(name: string, content: string | Buffer): Promise<Topology> {
    await writeFile(join(folder, name), content)
    return pickTopology({ ...choice, name: join(folder, name) })
  }

  test('is JSON or a module; a byte order mark is no part of it', async () => {
    assert.equal((await pickFile('own.json', json('own'))).name, 'own')
    assert.equal((await pickFile('mark.json', `\uFEFF${json('mark')}`)).name, 'mark')
    assert.equal((await pickFile('own.mjs', `export const topology = ${json('module')}`)).name, 'module')
  })

  const ODD: readonly (readonly [name: string, content: string | Buffer, fault: RegExp])[] = [
    ['empty.json', '', /is empty\. Name a \.json file, or a module/],
    ['list.json', '[]', /holds a list, where a topology is an object: \{"name"/],
    ['null.json', 'null', /holds null, where/],
    ['text.json', '"fleet"', /holds "fleet", where/],
    ['cut.json', '{"name":', /cannot be read: .*JSON.*Name a \.json file/],
    ['utf16.json', Buffer.from(`\uFEFF${json('wide')}`, 'utf16le'), /is not encoded in UTF-8\. Save it in UTF-8/],
    ['latin1.json', Buffer.from('{"name": "\xE9t\xE9"}', 'latin1'), /is not encoded in UTF-8/],
    ['twice.json', `{"name": "x", ${json('twice').slice(1)}`, /has the key 'name' twice in one object.*Remove the/],
    ['large.json', Buffer.alloc(1_048_577, ' '), /has 1048577 bytes, at most 1048576 are read/],
    ['number.mjs', 'export const topology = 5', /exports 5 as `topology`, where one is an object/],
    ['other.mjs', 'export const fleet = {}', /exports nothing as `topology`/],
    ['throws.mjs', 'throw new Error("no luck")', /cannot be read: no luck\. Name a/],
  ]

  test('that is none says why, and what it should be', async () => {
    for (const [name, content, fault] of ODD) {
      await assert.rejects(pickFile(name, content), (error: Error) => {
        assert.match(error.message, fault)
        assert.ok(error.message.includes(`BANYAN_TOPOLOGY names ${join(folder, name)}, which `), error.message)
        return true
      })
    }
    await mkdir(join(folder, 'folder.json'))
    spawnSync('mkfifo', [join(folder, 'pipe.json')])
    const pickNamed = (name: string) => pickTopology({ ...choice, name })
    await assert.rejects(pickNamed(join(folder, 'folder.json')), /is a folder\. Name a \.json file/)
    await assert.rejects(pickNamed(join(folder, 'pipe.json')), /is no file, but a pipe/)
    await assert.rejects(pickNamed(join(folder, 'none.json')), /cannot be read: ENOENT/)
    await assert.rejects(pickNamed('zoo'), /one of fleet, or a file, got "zoo"/)
  })
})
