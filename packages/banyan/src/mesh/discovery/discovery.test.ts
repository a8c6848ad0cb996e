import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeclared } from '../../core/index.ts'
import { silentLogger } from '../../observe/index.ts'
import { createSeededRandom, createSimulatedClock } from '../simulated-clock.fixture.ts'
import { createDnsDiscovery } from './dns.ts'
import { createPushedDiscovery } from './pushed.ts'
import { createStaticDiscovery } from './static.ts'
import type { DnsResolver } from './system-resolver.ts'

test('a static list is known at once, and a service that nobody named has no instances', () => {
  const discovery = createStaticDiscovery({ orders: 'tcp://a:4101, tcp://[::1]:4101,unix:///run/orders.sock' })
  const seen: string[][] = []
  discovery.watch('orders', (instances) => seen.push(instances.map(({ address }) => address)))
  discovery.watch('users', (instances) => seen.push(instances.map(({ address }) => address)))
  assert.deepEqual(seen, [['tcp://a:4101', 'tcp://[::1]:4101', 'unix:///run/orders.sock'], []])
})

test('every fault of every address is reported at once', () => {
  const lists = {
    orders: 'tcp://a,tcp://b:0,http://c:80',
    users: '',
    payments: 'tcp://d:1,tcp://d:1',
    products: 'unix://x',
  }
  assert.throws(
    () => createStaticDiscovery(lists),
    (error) => {
      assert.ok(isDeclared(error))
      const parts = [
        '"tcp://a"',
        '"tcp://b:0"',
        '"http://c:80"',
        "'users' has no address",
        'tcp://d:1 twice',
        '"unix://x"',
      ]
      for (const part of parts) assert.ok(error.message.includes(part), `${part} is missing in ${error.message}`)
      return true
    },
  )
})

test('a pushed list reaches those who watch, once per change, until they end it', async () => {
  const discovery = createPushedDiscovery()
  const seen: number[] = []
  const end = discovery.watch('orders', (instances) => seen.push(instances.length))
  const one = { id: 'orders-1', address: 'tcp://a:1' }
  discovery.push('orders', [one])
  discovery.push('orders', [{ ...one }])
  discovery.push('orders', [one, { id: 'orders-2', address: 'tcp://a:2' }])
  discovery.push('users', [one])
  end()
  discovery.push('orders', [])
  assert.deepEqual(seen, [0, 1, 2])
  await discovery.stop()
  await discovery.stop()
})

/** A name server whose answers the test sets. */
function createNameServer() {
  const answers = { four: ['10.0.0.1'], six: [] as string[], fails: false, asked: 0 }
  const answer = <Value>(values: Value): Promise<Value> => {
    answers.asked++
    return answers.fails ? Promise.reject(new Error('ESERVFAIL')) : Promise.resolve(values)
  }
  const resolver: DnsResolver = {
    resolve4: () => answer(answers.four),
    resolve6: () => (answers.six.length > 0 ? answer(answers.six) : Promise.reject(new Error('ENODATA'))),
    resolveSrv: () => answer([{ name: 'a.internal', port: 4101 }]),
    cancel: () => undefined,
  }
  return { answers, resolver }
}

test('a name is asked for again and again; a failing name server leaves the last list and one line in the log', async () => {
  const clock = createSimulatedClock()
  const { answers, resolver } = createNameServer()
  const lines: string[] = []
  const note = (_: object, message: string) => lines.push(message)
  const logger = { ...silentLogger, warn: note, info: note }
  const options = { clock, random: createSeededRandom(1), logger, resolver }
  const discovery = createDnsDiscovery({ ...options, names: { orders: 'orders.internal:4101' } })
  const seen: string[][] = []
  discovery.watch('orders', (instances) => seen.push(instances.map(({ address }) => address)))
  await clock.advance(10)
  answers.four = ['10.0.0.2', '10.0.0.1']
  answers.six = ['fd00::1']
  await clock.advance(6_000)
  answers.fails = true
  await clock.advance(60_000)
  answers.fails = false
  answers.four = []
  answers.six = []
  await clock.advance(12_000)
  assert.deepEqual(seen, [
    [],
    ['tcp://10.0.0.1:4101'],
    ['tcp://10.0.0.1:4101', 'tcp://10.0.0.2:4101', 'tcp://[fd00::1]:4101'],
  ])
  assert.deepEqual(lines, ['the name cannot be resolved; the last list stays'])
  answers.four = ['10.0.0.9']
  await clock.advance(6_000)
  assert.deepEqual(seen.at(-1), ['tcp://10.0.0.9:4101'])
  assert.equal(lines.at(-1), 'the name is resolved again')
  await discovery.stop()
  const { asked } = answers
  await clock.advance(60_000)
  assert.equal(answers.asked, asked)
  assert.equal(clock.scheduled, 0)
})

test('SRV records bring the ports; faulty names are reported at once', async () => {
  const clock = createSimulatedClock()
  const { resolver } = createNameServer()
  const options = { clock, random: createSeededRandom(1), logger: silentLogger, resolver }
  const discovery = createDnsDiscovery({ ...options, names: { orders: '_stream._tcp.orders.internal' } })
  const seen: string[][] = []
  discovery.watch('orders', (instances) => seen.push(instances.map(({ address }) => address)))
  await clock.advance(1)
  assert.deepEqual(seen, [[], ['tcp://a.internal:4101']])
  await discovery.stop()
  const names = { orders: 'orders', users: 'users:99999', payments: 'pay:4101' }
  assert.throws(() => createDnsDiscovery({ ...options, names }), /'orders' has .*'users' has /)
})
