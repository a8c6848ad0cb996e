import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { isError, systemClock, systemRandom } from 'banyan/core'
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

  async function timeMs(work: () => Promise<unknown>): Promise<number> {
    const startedAt = systemClock.monotonicMs()
    await work()
    return systemClock.monotonicMs() - startedAt
  }

  test('an unknown address and a wrong password take the same time', async () => {
    const attempt = (email: string) =>
      timeMs(() => assert.rejects(users.call('createSession', { email, password: 'wrong' }), isBadCredentials))
    const times = { known: [] as number[], unknown: [] as number[] }
    // In turns, so that whatever else the machine does meets both.
    for (let round = 0; round < 25; round++) {
      times.known.push(await attempt(known.email))
      times.unknown.push(await attempt(`nobody${round}@example.com`))
    }
    // Other work only adds: the quicker quarter tells more of the two than the half.
    const [first, second] = [quartile(times.known), quartile(times.unknown)]
    assert.ok(second / first > 0.7 && second / first < 1.4, `quartiles ${first} and ${second} ms`)
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

function quartile(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 4)]!
}
