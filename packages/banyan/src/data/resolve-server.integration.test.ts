import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { isError, systemClock } from '../core/index.ts'
import { findFreePort, startTestPostgres, type TestPostgres } from '../testing/index.ts'
import { createDatabase, dataErrors, resolveServer } from './index.ts'

describe('resolveServer', () => {
  let server: TestPostgres
  let url: string
  before(async () => {
    server = await startTestPostgres({ fsync: false })
    const { user, host, port } = server.connection
    url = `postgres://${user}:not-needed@/postgres?host=${encodeURIComponent(host)}&port=${port}`
  })
  after(() => server.stop())

  const versionOf = async (options: Parameters<typeof resolveServer>[0], service: string) => {
    await using resolved = await resolveServer(options)
    await using db = createDatabase({ name: service, connection: resolved.connectionOf(service) })
    const [row] = await db.query<{ folder: string }>("SELECT current_setting('data_directory') AS folder")
    return { embedded: resolved.embedded !== null, folder: row!.folder }
  }

  test('DATABASE_URL is for all, <SERVICE>_DATABASE_URL for one; nothing embedded is started then', async () => {
    const folder = server.embedded.dataFolder
    const all = await versionOf({ settings: { DATABASE_URL: url }, services: ['orders'] }, 'orders')
    assert.deepEqual(all, { embedded: false, folder })
    const settings = { PAYMENTS_AUDIT_DATABASE_URL: url, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }
    const one = await versionOf({ settings, services: ['payments-audit'] }, 'payments-audit')
    assert.deepEqual(one, { embedded: false, folder })
  })

  test('a service without a server gets the embedded one', async () => {
    const data = await mkdtemp(join(tmpdir(), 'banyan-resolve-'))
    try {
      const options = { settings: { USERS_DATABASE_URL: url, BANYAN_DATA: data }, services: ['users', 'orders'] }
      assert.deepEqual(await versionOf(options, 'orders'), { embedded: true, folder: join(data, 'postgres', 'data') })
    } finally {
      await rm(data, { recursive: true })
    }
  })

  test('a further database in the server of a service', async () => {
    await using resolved = await resolveServer({ settings: { DATABASE_URL: url }, services: ['payments'] })
    const connection = await resolved.databaseOf('payments', 'banyan_sandbox')
    await using db = createDatabase({ name: 'sandbox', connection })
    assert.deepEqual(await db.query('SELECT current_database() AS name'), [{ name: 'banyan_sandbox' }])
  })

  test('a server that cannot be reached: named by its setting, without its password', async () => {
    const settings = { ORDERS_DATABASE_URL: 'postgres://me:sesame@127.0.0.1:1/orders' }
    await assert.rejects(resolveServer({ settings, services: ['orders'], waitMs: 300 }), (error: Error) => {
      assert.ok(isError(error, dataErrors.UNREACHABLE_SERVER))
      assert.match(error.message, /ORDERS_DATABASE_URL.*ECONNREFUSED/)
      assert.doesNotMatch(error.message, /sesame/)
      return true
    })
    const odd = resolveServer({ settings: { DATABASE_URL: 'me:sesame@there' }, services: ['orders'] })
    await assert.rejects(
      odd,
      (error: Error) => isError(error, dataErrors.UNREACHABLE_SERVER) && !/sesame/.test(error.message),
    )
  })

  test('a server that comes up later is waited for', async () => {
    const port = await findFreePort()
    const settings = { DATABASE_URL: `postgres://me@127.0.0.1:${port}/x` }
    const resolving = resolveServer({ settings, services: ['orders'], waitMs: 10_000 })
    await systemClock.sleep(250) // long enough for a first attempt to be refused
    await using _ = await startFakeServer(port, 150_000)
    await using resolved = await resolving
    assert.equal(resolved.connectionOf('orders').port, port)
  })

  test('a server older than 15 is refused', async () => {
    const port = await findFreePort()
    await using _ = await startFakeServer(port, 140_011)
    const settings = { DATABASE_URL: `postgres://me@127.0.0.1:${port}/x` }
    await assert.rejects(resolveServer({ settings, services: ['orders'] }), (error: Error) => {
      return isError(error, dataErrors.UNSUPPORTED_SERVER) && /PostgreSQL 14.*15 or later/.test(error.message)
    })
  })
})

/** Lets everybody in and answers each query with its version: PostgreSQL 14 cannot be had from npm. */
async function startFakeServer(port: number, version: number): Promise<AsyncDisposable> {
  const server = createServer((socket) => {
    socket.on('error', () => null) // the client hangs up as it likes
    socket.once('data', () => {
      socket.write(Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]))
      socket.on('data', (chunk) => {
        if (chunk[0] !== 'Q'.charCodeAt(0)) return
        const text = Buffer.from(String(version))
        const column = Buffer.concat([Buffer.from('number\0'), int(0), int16(0), int(23), int16(4), int(-1), int16(0)])
        socket.write(
          Buffer.concat([
            message('T', Buffer.concat([int16(1), column])),
            message('D', Buffer.concat([int16(1), int(text.length), text])),
            message('C', Buffer.from('SELECT 1\0')),
            message('Z', Buffer.from('I')),
          ]),
        )
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function message(type: string, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(type), int(body.length + 4), body])
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
