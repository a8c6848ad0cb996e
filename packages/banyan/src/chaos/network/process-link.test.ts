import assert from 'node:assert/strict'
import { chmodSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, get, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { systemClock } from '../../core/index.ts'
import { standBetweenProcesses, type ProcessLink } from './process-link.ts'

describe('a relay before the socket of each process', () => {
  let folder: string
  let link: ProcessLink
  const servers: Server[] = []
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'banyan-link-'))
    link = await standBetweenProcesses(folder, systemClock)
  })
  after(async () => {
    for (const server of servers) server.closeAllConnections()
    for (const server of servers) server.close()
    await link?.[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test('takes the path of a process, not of its supervisor, and lets everything through', async () => {
    await listen('control.sock')
    await listen('orders-1.1.sock')
    while (link.size === 0) await systemClock.sleep(5)
    assert.equal(link.size, 1)
    assert.equal(await ask('orders-1.1.sock'), 'orders-1.1.sock')
    assert.equal(await ask('control.sock'), 'control.sock')
    assert.equal(link.harmed, 0)
  })

  test('a reset between processes leaves the caller without an answer; healed, and for a next life, it has one', async () => {
    link.set('reset')
    assert.equal(await ask('orders-1.1.sock'), null)
    assert.equal(link.harmed > 0, true)
    await listen('orders-1.2.sock')
    while (link.size < 2) await systemClock.sleep(5)
    assert.equal(await ask('orders-1.2.sock'), null)
    assert.equal(await ask('control.sock'), 'control.sock')
    link.set('sound')
    assert.equal(await ask('orders-1.1.sock'), 'orders-1.1.sock')
    assert.equal(await ask('orders-1.2.sock'), 'orders-1.2.sock')
  })

  test('the path is there at every moment: a process looks at its own socket once it listens', async () => {
    await listen('orders-1.3.sock')
    const path = join(folder, 'orders-1.3.sock')
    for (const before = link.size; link.size === before; await setImmediate()) chmodSync(path, 0o600)
    assert.equal(await ask('orders-1.3.sock'), 'orders-1.3.sock')
  })

  function listen(name: string): Promise<void> {
    const server = createServer((_, response) => void response.end(name))
    servers.push(server)
    return new Promise((resolve) => server.listen(join(folder, name), resolve))
  }

  function ask(name: string): Promise<string | null> {
    return new Promise((resolve) => {
      const request = get({ socketPath: join(folder, name), agent: false }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('end', () => resolve(text)).on('error', () => resolve(null))
      })
      request.on('error', () => resolve(null))
    })
  }
})
