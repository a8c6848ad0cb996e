import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

describe('a link that breaks when it is told to', () => {
  let server: Server
  let link: TcpProxy
  let asked = 0
  before(async () => {
    server = createServer((_, response) => {
      asked++
      response.end('an answer')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    link = await startTcpProxy({ clock: systemClock, targetOf: () => ({ host: '127.0.0.1', port }) })
  })
  after(async () => {
    await link?.stop()
    server?.closeAllConnections()
    server?.close()
  })

  test('sound, slow and dribbling links bring the whole answer', async () => {
    for (const state of ['sound', 'slow', 'dribble'] as const) {
      link.set(state)
      assert.equal(await ask(), 'an answer')
      assert.equal(link.harmed > 0, state !== 'sound', state)
    }
  })

  test('a reset in mid-answer leaves the client without one, though the request was heard', async () => {
    link.set('reset')
    const before = asked
    assert.equal(await ask(), null)
    assert.equal(asked, before + 1)
  })

  test('cut one way the request is heard and the answer is not; healed, who waits is let go', async () => {
    link.set('no-answers')
    const before = asked
    const waiting = ask()
    while (asked === before) await systemClock.sleep(5)
    link.set('sound')
    assert.equal(await waiting, null)
    assert.equal(await ask(), 'an answer')
  })

  test('a silent link brings nothing either way', async () => {
    link.set('silent')
    const before = asked
    const waiting = ask()
    while (link.harmed === 0) await systemClock.sleep(5)
    assert.equal(asked, before)
    link.set('sound')
    assert.equal(await waiting, null)
  })

  function ask(): Promise<string | null> {
    return fetch(`http://127.0.0.1:${link.port}`, { headers: { connection: 'close' } })
      .then(
        (response) => response.text(),
        () => null,
      )
      .catch(() => null)
  }
})
