import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { systemClock } from '../../core/index.ts'
import { openNamespace } from './network-namespace.ts'
import { openPartition, openSilence } from './open-partition.ts'
import type { Partition } from './partition.ts'

const cannotMakeNamespaces = process.platform !== 'linux' || process.getuid?.() !== 0
const A_WHILE_MS = 300

describe('a partition', () => {
  test(
    'by a pulled cable: what is sent is lost, and comes through on the same connection once it is healed',
    { skip: cannotMakeNamespaces },
    async (t) => {
      await using partition = await openNamespace(await startEcho(t))
      const socket = await connectTo(partition)
      await exchange(socket, 'before')
      await partition.cut()
      const answer = once(socket, 'data')
      socket.write('during')
      assert.equal(await Promise.race([answer, systemClock.sleep(A_WHILE_MS)]), undefined, 'an answer came through')
      assert.ok((await partition.heal()) > 0, 'nothing was lost')
      assert.equal(String((await answer)[0]), 'during')
      socket.destroy()
    },
  )

  test('where there is no namespace: a relay falls silent, and says why it is none', async (t) => {
    await using partition = await openSilence(await startEcho(t), systemClock, 'Operation not permitted')
    assert.match(partition.means, /relay.*Operation not permitted/)
    const socket = await connectTo(partition)
    await exchange(socket, 'before')
    await partition.cut()
    socket.on('data', () => assert.fail('an answer came through')).write('during')
    await systemClock.sleep(A_WHILE_MS)
    const closed = once(socket, 'close')
    assert.equal(await partition.heal(), 1)
    await closed
    const next = await connectTo(partition)
    await exchange(next, 'after')
    next.destroy()
  })

  test('is one of the two, whatever the system allows', async (t) => {
    await using partition = await openPartition(await startEcho(t), systemClock)
    assert.match(partition.means, cannotMakeNamespaces ? /relay/ : /namespace/)
  })
})

async function startEcho(t: TestContext): Promise<{ path: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'banyan-echo-'))
  const path = join(folder, 'echo.sock')
  const server = createServer((socket) => socket.on('error', () => socket.destroy()).pipe(socket)).listen(path)
  await once(server, 'listening')
  t.after(async () => {
    server.close()
    await rm(folder, { recursive: true })
  })
  return { path }
}

async function connectTo({ place }: Partition): Promise<Socket> {
  const socket = connect({ ...place, noDelay: true })
  await once(socket, 'connect')
  return socket
}

async function exchange(socket: Socket, text: string): Promise<void> {
  const answer = once(socket, 'data')
  socket.write(text)
  assert.equal(String((await answer)[0]), text)
}
