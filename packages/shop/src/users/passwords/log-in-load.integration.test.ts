import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { isError, systemRandom } from 'banyan/core'
import { generateTokenKeys } from 'banyan/gateway'
import { startTestPostgres, type TestPostgres } from 'banyan/testing'
import { startService, type ServiceFixture } from '../../testing/service-fixture.ts'
import type { users as contract } from '../contract.ts'
import { userErrors } from '../errors.ts'
import { usersService } from '../service.ts'

describe('log-ins under load', () => {
  let postgres: TestPostgres
  let users: ServiceFixture<typeof contract>
  const known = { email: 'ada@example.com', password: 'correct horse' }
  before(async () => {
    postgres = await startTestPostgres({ fsync: false })
    users = await startService(usersService, { postgres, settings: { TOKEN_KEYS: generateTokenKeys(systemRandom) } })
    await users.call('registerUser', { name: 'Ada', ...known })
  })
  after(async () => {
    await users[Symbol.asyncDispose]()
    await postgres.stop()
  })

  // What a log-in computes, in all threads of this process, is nearly all of its time, and other processes do not add to it.
  async function cpuMs(work: () => Promise<unknown>): Promise<number> {
    const before = process.cpuUsage()
    await work()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  }

  test('an unknown address and a wrong password take the same time', async () => {
    const attempt = (email: string) =>
      cpuMs(() => assert.rejects(users.call('createSession', { email, password: 'wrong' }), isBadCredentials))
    const times = { known: [] as number[], unknown: [] as number[] }
    for (let round = 0; round < 25; round++) {
      times.known.push(await attempt(known.email))
      times.unknown.push(await attempt(`nobody${round}@example.com`))
    }
    const [first, second] = [median(times.known), median(times.unknown)]
    assert.ok(second / first > 0.7 && second / first < 1.4, `medians ${first} and ${second} ms`)
  })

  test('50 log-ins at once leave threads for files and DNS', async () => {
    let isDone = false
    const logIns = Promise.all(Array.from({ length: 50 }, () => users.call('createSession', known)))
    const all = logIns.finally(() => (isDone = true))
    // A third hash at a time, somebody else's: two of log-ins and this one leave one of libuv's four threads free. If
    // log-ins took more, a hash would always be queued before the file, and each file would wait for the end of one.
    let hashes = 50
    const others = (async () => {
      for (; !isDone; hashes++) await hash('somebody else’s')
    })()
    let files = 0
    for (; !isDone; files++) await stat(import.meta.filename)
    await Promise.all([all, others])
    assert.ok(files > 5 * hashes, `${files} files while ${hashes} hashes ran`)
  })
})

function isBadCredentials(error: unknown): boolean {
  return isError(error, userErrors.BAD_CREDENTIALS)
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
}
