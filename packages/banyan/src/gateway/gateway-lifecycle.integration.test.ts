import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { createGateway, type Gateway } from './gateway.ts'
import { fixtureOptions, product, sendTo, shopWire } from './gateway.fixture.ts'
import type { GatewayOptions } from './gateway-options.ts'

async function withGateway(options: Partial<GatewayOptions>, work: (url: string, gateway: Gateway) => Promise<void>) {
  const gateway = createGateway(fixtureOptions(options))
  const { url } = await gateway.start()
  try {
    await work(url, gateway)
  } finally {
    await gateway.stop()
  }
}

describe('health', () => {
  test('ready names what is missing and heals', async () => {
    let isDown = true
    const readiness = {
      'database of shop': async () => {
        if (isDown) throw new Error('connection refused at 10.0.0.5')
      },
      'event log': async () => undefined,
    }
    await withGateway({ readiness }, async (url) => {
      const { status, headers, body } = await sendTo(`${url}/health/ready`)
      assert.equal(status, 503)
      assert.equal(headers.get('retry-after'), '1')
      assert.equal(body.error?.message, 'Not ready: database of shop.')
      assert.deepEqual(body.error?.details.dependencies, ['database of shop'])
      assert.equal((await sendTo(`${url}/health/live`)).status, 200)
      isDown = false
      assert.equal((await sendTo(`${url}/health/ready`)).status, 200)
    })
  })

  test('metrics count by operation and status', async () => {
    await withGateway({}, async (url) => {
      await sendTo(`${url}/api/v2/products/77`)
      const text = await (await fetch(`${url}/metrics`)).text()
      assert.match(text, /banyan_http_requests_total\{operation="shop\.getProduct",status="404"\} 1/)
    })
  })

  test('metrics are for this machine, or for who has the token', async () => {
    await withGateway({ metricsToken: 'scrape-me' }, async (url) => {
      const ask = async (headers: Record<string, string>) => (await fetch(`${url}/metrics`, { headers })).status
      const forwarded = { 'x-forwarded-for': '1.2.3.4' }
      assert.equal(await ask({}), 200)
      assert.equal(await ask(forwarded), 404, 'a proxy on this machine makes everybody look local')
      assert.equal(await ask({ ...forwarded, authorization: 'Bearer scrape-me' }), 200)
      assert.equal(await ask({ ...forwarded, authorization: 'Bearer scrape-you' }), 404)
    })
    await withGateway({}, async (url) => {
      const headers = { 'x-forwarded-for': '1.2.3.4', authorization: 'Bearer ' }
      assert.equal((await fetch(`${url}/metrics`, { headers })).status, 404)
    })
  })
})

describe('rate limits', () => {
  test('the quota is per client, is announced, and 429 says when to come back', async () => {
    await withGateway({ settings: { rateLimitPerSecond: 5 } }, async (url) => {
      const ask = (authorization?: string) =>
        sendTo(`${url}/api/v2/products/1001`, { headers: authorization ? { authorization } : {} })
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('customer 1')))
      const refused = answers.filter(({ status }) => status === 429)
      assert.ok(refused.length > 0 && refused.length <= 15, `${refused.length} refused`)
      const { headers, body } = refused[0]!
      assert.equal(body.error?.code, 'api.RATE_LIMITED')
      assert.equal(headers.get('retry-after'), '1')
      assert.equal(headers.get('ratelimit-policy'), '"default";q=5;w=1')
      assert.equal(headers.get('ratelimit'), '"default";r=0;t=1')
      assert.equal((await ask('customer 2')).status, 200)
      assert.equal((await ask()).status, 200)
      const strangers = await Promise.all(Array.from({ length: 20 }, () => ask('rubbish')))
      assert.ok(
        strangers.some(({ status }) => status === 429),
        'bad credentials are paid for by address',
      )
    })
  })

  test('a shared limiter may answer later', async () => {
    const rateLimiter = { take: async () => ({ allowed: false, remaining: 0, resetMs: 2_500 }) }
    await withGateway({ rateLimiter }, async (url) => {
      const { status, headers } = await sendTo(`${url}/api/v2/products/1001`)
      assert.equal(status, 429)
      assert.equal(headers.get('retry-after'), '3')
    })
  })

  test('more requests at a time than the gateway holds are shed', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const wire = shopWire({ getProduct: () => gate.then(() => product) })
    await withGateway({ wire, settings: { maxInFlight: 2 } }, async (url) => {
      const shed = Promise.withResolvers<void>()
      let refused = 0
      const answers = Array.from({ length: 5 }, async () => {
        const answer = await sendTo(`${url}/api/v2/products/1001`)
        if (answer.status === 503 && ++refused === 3) shed.resolve()
        return answer
      })
      await shed.promise
      open()
      const all = await Promise.all(answers)
      assert.equal(all.filter(({ status }) => status === 200).length, 2)
      const { body, headers } = all.find(({ status }) => status === 503)!
      assert.equal(body.error?.code, 'api.OVERLOADED')
      assert.equal(headers.get('retry-after'), '1')
    })
  })
})

describe('start and stop', () => {
  test('both may be asked twice; a port that is taken is named', async () => {
    const own = createGateway(fixtureOptions())
    const [first, second] = [await own.start(), await own.start()]
    assert.equal(first.url, second.url)
    const rival = createGateway(fixtureOptions({ port: Number(new URL(first.url).port) }))
    await assert.rejects(rival.start(), /port \d+ of 127\.0\.0\.1 is taken by another process. Set PORT/)
    await Promise.all([own.stop(), own.stop()])
    await own.stop()
    await assert.rejects(fetch(first.url))
    const { url } = await own.start()
    assert.equal((await fetch(`${url}/health/live`)).status, 200, 'and it may start again')
    await own.stop()
  })

  test('a setting out of its bounds is named at construction', () => {
    assert.throws(() => createGateway(fixtureOptions({ settings: { maxBodyBytes: -1 } })), /maxBodyBytes/)
  })

  test('a limit of an operation that nobody has is named at construction: it would protect nothing', () => {
    const attemptLimits = [{ operation: 'shop.login', failures: [], refused: [], slowed: [] }]
    assert.throws(() => createGateway(fixtureOptions({ attemptLimits })), /shop\.login/)
  })

  test('draining: not ready first, still serving, each answer sends its client away', async () => {
    await withGateway({ settings: { drainDelayMs: 1_500 } }, async (url, gateway) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      assert.equal((await get(`${url}/api/v2/products/1001`, agent)).connection, 'keep-alive')
      const stopped = gateway.stop()
      const kept = await get(`${url}/api/v2/products/1001`, agent)
      assert.deepEqual([kept.status, kept.connection], [200, 'close'], 'on the connection from before')
      assert.equal((await sendTo(`${url}/health/ready`)).status, 503, 'on a new one')
      assert.equal((await sendTo(`${url}/health/live`)).status, 200)
      assert.equal(
        (await pipeline(url, 3)).match(/HTTP\/1.1 200/g)?.length,
        3,
        'the last of several ends the connection',
      )
      await stopped
      await assert.rejects(fetch(url))
      agent.destroy()
    })
  })

  test('an answer that waits behind another, and one that is read slowly, leave before the end', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    let asked = 0
    const name = 'x'.repeat(8_000_000) // more than sockets hold
    const wire = shopWire({
      async getProduct() {
        asked += 1
        if (asked > 1) return { ...product, name }
        entered.resolve()
        await gate
        return product
      },
    })
    await withGateway({ wire, settings: { drainDelayMs: 0 } }, async (url, gateway) => {
      const answers = pipeline(url, 2)
      await entered.promise
      const stopped = gateway.stop()
      for (let refusals = 0; refusals < 50;) if (!(await accepts(url))) refusals++
      open()
      const received = await answers
      assert.equal(received.match(/HTTP\/1.1 200/g)?.length, 2)
      assert.ok(received.length > name.length, `${received.length} characters`)
      await stopped
    })
  })

  test('a request under way is answered before the end, one that hangs is cut off in bounded time', async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>()
    const entered = Promise.withResolvers<void>()
    const wire = shopWire({
      async getProduct() {
        entered.resolve()
        await gate
        return product
      },
      listProducts: () => new Promise(() => undefined),
    })
    await withGateway({ wire, settings: { drainTimeoutMs: 1_500 } }, async (url, gateway) => {
      const answer = sendTo(`${url}/api/v2/products/1001`).then(
        ({ status }) => status,
        () => 'dropped',
      )
      const hanging = sendTo(`${url}/api/v2/products`).catch(() => 'cut off')
      await entered.promise
      const stopped = gateway.stop()
      // Closed, and for so long that whoever does not wait for its answers would be gone.
      for (let refusals = 0; refusals < 50;) if (!(await accepts(url))) refusals++
      open()
      assert.equal(await answer, 200, 'although the port was closed before it was answered')
      assert.equal(await hanging, 'cut off')
      await stopped
    })
  })
})

/** Sends as many requests at once and reads until the server closes. */
async function pipeline(url: string, times: number): Promise<string> {
  const { hostname: host, port } = new URL(url)
  const socket = connect(Number(port), host)
  socket.write('GET /api/v2/products/1001 HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(times))
  return await text(socket)
}

function accepts(url: string): Promise<boolean> {
  return fetch(`${url}/health/live`).then(
    () => true,
    () => false,
  )
}

function get(url: string, agent: Agent): Promise<{ status: number; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      response.resume()
      response.on('end', () => resolve({ status: response.statusCode!, connection: response.headers.connection }))
    })
    sent.on('error', reject)
    sent.end()
  })
}
