import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, describe, test } from 'node:test'
import { systemClock, systemRandom } from 'banyan/core'
import { askStatus } from 'banyan/runtime'
import {
  startPostgresProxy,
  startTestNats,
  startTestPostgres,
  startTestRedis,
  until,
  type PostgresProxy,
  type TestNats,
  type TestPostgres,
  type TestRedis,
} from 'banyan/testing'
import { ADMIN_PASSWORD, BANYAN } from './testing/shop-child.ts'
import { createShopClient, logInCustomers } from './testing/shop-client.ts'
import { startSteadyLoad, type SteadyLoad } from './testing/steady-load.ts'

/** Longer than every grace, and some hundred requests. By hand: OUTAGE_MS=20000. */
const OUTAGE_MS = Number(process.env.OUTAGE_MS ?? 2_500)
const SERVICES = ['users', 'products', 'orders', 'payments', 'notifications'] as const

interface LogLine {
  readonly level: string
  readonly process: string
  readonly msg: string
  readonly code?: string
  readonly log?: string
}

/** A request line is of a request: slow ones and one in a thousand, whether something is away or not. */
const OF_REQUESTS = ['slow request', 'request']

/** Whatever may be said of a process that is silent. */
const ABOUT = /^(service '|an instance|the instance|a process|a connection|log can)/

describe('what the log says of an outage, with traffic', () => {
  let parts: { postgres: TestPostgres; proxy: PostgresProxy; nats: TestNats; redis: TestRedis; data: string }
  let shop: ChildProcess
  let load: SteadyLoad
  let url: string
  /** Of the outage that is tested, and of all before it. */
  let lines: LogLine[] = []
  let earlier: LogLine[] = []

  before(async () => {
    const postgres = await startTestPostgres({ fsync: false, settings: { max_connections: '300' } })
    const [proxy, nats, redis] = [
      await startPostgresProxy(postgres.connection),
      await startTestNats(),
      await startTestRedis(),
    ]
    const data = await mkdtemp(join(tmpdir(), 'banyan-outage-'))
    await chmod(data, 0o755)
    parts = { postgres, proxy, nats, redis, data }
    const { host, user, database } = proxy.connection
    const env = {
      ...process.env,
      PORT: '0',
      BANYAN_DATA: data,
      BANYAN_TOPOLOGY: 'microservices',
      ADMIN_PASSWORD,
      RATE_LIMIT_PER_SECOND: '0',
      LOG_LEVEL: 'info',
      DATABASE_URL: `postgres://${user}@localhost/${database}?host=${encodeURIComponent(host)}`,
      NATS_URL: nats.url,
      REDIS_URL: redis.url,
    }
    shop = spawn(process.execPath, [BANYAN, 'start'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    createInterface({ input: shop.stderr! }).on('line', (line) => lines.push(JSON.parse(line) as LogLine))
    for await (const line of createInterface({ input: shop.stdout! })) {
      url = /^ready (\S+)/.exec(line)?.[1] ?? ''
      if (url) break
    }
    const customers = await logInCustomers(createShopClient({ url }), 2)
    load = startSteadyLoad({ url, connections: 4, pauseMs: 50, customers, random: systemRandom })
  })
  after(async () => {
    await load?.stop()
    shop?.kill('SIGTERM')
    if (shop?.exitCode === null) await once(shop, 'exit')
    await parts.proxy.stop()
    await Promise.all([parts.nats.stop(), parts.redis.stop(), parts.postgres.stop()])
    await rm(parts.data, { recursive: true, force: true })
  })

  test('PostgreSQL: each service names its database once, the gateway that it refuses', async () => {
    await suffer(
      () => parts.proxy.cutOff(),
      () => parts.proxy.restore(),
      () => SERVICES.every((name) => said(name, `database '${name}' is back`)),
    )
    for (const name of SERVICES) {
      assert.deepEqual(of(name, /^database /), [`database '${name}' cannot be reached`, `database '${name}' is back`])
    }
    const refused = lines.filter(({ process, msg }) => process === 'gateway-1' && msg === 'request refused')
    assert.ok(refused.some(({ code }) => code === 'data.UNAVAILABLE'))
    assert.equal(new Set(refused.map(({ code }) => code)).size, refused.length, 'one line for each kind')
  })

  test('NATS: each service says once that it is gone', async () => {
    await suffer(
      () => parts.nats.kill(),
      () => parts.nats.start(),
      () => SERVICES.every((name) => said(name, 'NATS is connected')),
    )
    for (const name of SERVICES) {
      assert.deepEqual(of(name, /NATS/), ['NATS is gone, trying again; the feed carries on', 'NATS is connected'])
    }
  })

  test('Redis: the gateway says it once, for all its connections', async () => {
    const back = 'Redis can be reached again'
    await suffer(
      () => parts.redis.kill(),
      () => parts.redis.start(),
      () => said('gateway', back),
    )
    assert.deepEqual(of('gateway', /Redis/), ['Redis cannot be reached, trying again; answers come without it', back])
  })

  test('Redis, stopped and not gone: no more is said', async () => {
    const [away, back] = [
      'Redis cannot be reached, trying again; answers come without it',
      'Redis can be reached again',
    ]
    await suffer(
      () => parts.redis.freeze(),
      async () => {
        await until(() => said('gateway', away))
        parts.redis.resume()
      },
      () => said('gateway', back),
    )
    assert.deepEqual(of('gateway', /Redis/), [away, back])
  })

  test('the gateway says when it has refused nothing for 10 s', async () => {
    const isTold = ({ msg }: LogLine) => msg === 'requests are no longer refused'
    await until(() => [...earlier, ...lines].some(isTold))
  })

  test('NATS, stopped and not gone: its pings show it, and nothing else tells of it', async () => {
    const [away, back] = ['NATS is gone, trying again; the feed carries on', 'NATS is connected']
    await suffer(
      () => parts.nats.freeze(),
      async () => {
        await until(() => SERVICES.every((name) => said(name, away)))
        parts.nats.resume()
      },
      () => SERVICES.every((name) => said(name, back)),
    )
    for (const name of SERVICES) assert.deepEqual(of(name, /NATS|relay/), [away, back])
  })

  test('another service, stopped and not gone: each that calls it says it once, and the gateway what it refuses', async () => {
    const { instances } = await askStatus(parts.data)
    const { processId } = instances.find((instance) => instance.process === 'products')!
    const [away, back] = ["service 'products' cannot be reached", "service 'products' is back"]
    const callers = ['gateway', 'orders', 'notifications']
    await suffer(
      () => process.kill(processId!, 'SIGSTOP'),
      async () => {
        await until(() => callers.every((name) => said(name, away)))
        const ready = await fetch(`${url}/health/ready`)
        assert.equal(ready.status, 503)
        assert.match(await ready.text(), /Not ready: service products\./)
        process.kill(processId!, 'SIGCONT')
      },
      () => callers.every((name) => said(name, back)),
    )
    for (const name of ['orders', 'notifications']) assert.deepEqual(of(name, ABOUT), [away, back])
    // These do not call it: their probes show it, later.
    for (const name of ['users', 'payments'])
      assert.deepEqual(of(name, ABOUT), [away, back].slice(0, of(name, ABOUT).length))
    assert.deepEqual(of('gateway', ABOUT), [away, back])
    assertFew()
  })

  /** Lets something be away under load, waits until it is back, and keeps what was logged meanwhile. */
  async function suffer(goes: () => unknown, comesBack: () => unknown, isBack: () => boolean): Promise<void> {
    earlier = [...earlier, ...lines]
    lines = []
    const before = load.requests
    await goes()
    await systemClock.sleep(OUTAGE_MS)
    await comesBack()
    await until(isBack)
    assert.ok(load.requests > before)
    assertFew()
  }

  /** Whoever suffers in another way (a log's reader, the balancer, a kind of refusal) has a line of its own, not one for each call. */
  function assertFew(): void {
    const told = lines.filter(({ msg }) => !OF_REQUESTS.includes(msg))
    assert.ok(told.length < 50, `${told.length} lines`)
  }

  /** What a process has logged of this, with what it is about. */
  function of(name: string, what: RegExp): string[] {
    const own = lines.filter(({ process, msg }) => process === `${name}-1` && what.test(msg))
    return own.map(({ msg, code, log }) => [msg, code ?? log].filter(Boolean).join(': '))
  }

  function said(name: string, message: string): boolean {
    return lines.some(({ process, msg }) => process === `${name}-1` && msg === message)
  }
})
