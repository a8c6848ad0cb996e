import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { systemClock, systemRandom } from '../../core/index.ts'
import { createGateway } from '../gateway.ts'
import { fixtureOptions, sendTo } from '../gateway.fixture.ts'
import { holdPort, type HeldPort } from './held-port.ts'

const hold = (port = 0) => holdPort({ host: '127.0.0.1', port, clock: systemClock, random: systemRandom })
const urlOf = ({ address }: HeldPort) => `http://${address.host}:${address.port}`

describe('a held port', () => {
  test('is live and not ready, whatever it is asked, and tells its clients to come on another connection', async () => {
    const held = await hold()
    const url = urlOf(held)
    const live = await sendTo(`${url}/health/live`)
    assert.equal(live.status, 200)
    for (const path of ['/health/ready', '/api/v2/products', '/docs']) {
      const { status, headers, body } = await sendTo(url + path)
      assert.deepEqual([status, headers.get('retry-after'), headers.get('connection')], [503, '1', 'close'])
      assert.equal(body.error?.message, 'Not ready: this process is starting.')
      assert.equal(body.meta.requestId, headers.get('x-request-id'))
    }
    await held.stop()
  })

  test('goes over to a gateway, which no connection finds closed meanwhile', async () => {
    const held = await hold()
    const url = urlOf(held)
    const gateway = createGateway(fixtureOptions({ socket: held }))
    let isOpen = false
    const statuses: number[] = []
    const clients = Array.from({ length: 8 }, async () => {
      while (!isOpen) statuses.push((await fetch(`${url}/health/ready`, { headers: { connection: 'close' } })).status)
    })
    while (statuses.length === 0) await new Promise(setImmediate)
    assert.equal((await gateway.start()).url, url)
    isOpen = true
    await Promise.all(clients)
    assert.equal(statuses[0], 503)
    assert.equal((await sendTo(`${url}/health/ready`)).status, 200)
    await gateway.stop()
    await held.stop()
    await held.stop()
    await assert.rejects(fetch(url))
  })

  test('is refused to whoever comes second, and free again after', async () => {
    const tries = await Promise.allSettled([hold(), hold()])
    const ports = tries.map((one) => (one.status === 'fulfilled' ? one.value : assert.fail()))
    const { port } = ports[0]!.address
    await assert.rejects(hold(port), {
      message: `The gateway: port ${port} of 127.0.0.1 is taken by another process. Set PORT or HOST to another one.`,
    })
    await Promise.all(ports.map((one) => one.stop()))
    const rivals = await Promise.allSettled([hold(port), hold(port)])
    assert.deepEqual(rivals.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected'])
    for (const one of rivals) if (one.status === 'fulfilled') await one.value.stop()
  })

  test('cuts whoever connected and said nothing', async () => {
    const held = await hold()
    const silent = connect(held.address.port, held.address.host)
    await once(silent, 'connect')
    const closed = once(silent, 'close')
    silent.on('error', () => undefined)
    await held.stop()
    await closed
  })
})
