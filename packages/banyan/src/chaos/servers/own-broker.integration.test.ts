import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createSeededRandom, systemClock, type Clock } from '../../core/index.ts'
import type { Scene } from '../faults/fault.ts'
import { killBroker, wipeBroker } from '../faults/kill-broker.ts'
import { startOwnBroker, type OwnBroker } from './own-broker.ts'

test('a broker that is killed comes back at its address with its streams, one that is wiped without them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-broker-'))
  await using broker = await startOwnBroker({ folder, inherited: process.env, clock: systemClock })
  const clock: Clock = { ...systemClock, sleep: () => Promise.resolve() }
  const scene = { broker, clock, random: createSeededRandom(1) } as unknown as Scene
  await ask(broker, '$JS.API.STREAM.CREATE.kept', '{"name":"kept","subjects":["kept"],"storage":"file"}')
  const first = broker.processId
  assert.equal(await killBroker.inject(scene), `${first} → ${broker.processId}`)
  assert.match(await ask(broker, '$JS.API.STREAM.NAMES'), /"total":1/)
  const second = broker.processId
  assert.equal(await wipeBroker.inject(scene), `${second} → ${broker.processId}`)
  assert.match(await ask(broker, '$JS.API.STREAM.NAMES'), /"total":0/)
  await broker[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

/** The one request that is needed here, as NATS writes it. */
function ask({ environment }: OwnBroker, subject: string, body = ''): Promise<string> {
  const socket = connect(Number(new URL(environment.NATS_URL!).port), '127.0.0.1')
  socket.write(`CONNECT {"verbose":false}\r\nSUB answers 1\r\nPUB ${subject} answers ${body.length}\r\n${body}\r\n`)
  return new Promise((resolve, reject) => {
    let heard = ''
    socket.on('error', reject).on('data', (chunk) => {
      heard += String(chunk)
      const answer = /^MSG answers .*\r\n(.*)\r\n/m.exec(heard)?.[1]
      if (answer === undefined) return
      socket.destroy()
      resolve(answer)
    })
  })
}
