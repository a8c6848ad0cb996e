import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { coreErrors, isError, type BanyanError } from '../../core/index.ts'
import { createAttemptGuard, type AttemptInput, type AttemptLimit } from './attempt-limits.ts'
import { createManualClock, shopErrors } from '../gateway.fixture.ts'
import { gatewayErrors } from '../gateway-errors.ts'

const limit: AttemptLimit = {
  operation: 'shop.logIn',
  failures: [shopErrors.BAD_CREDENTIALS.code],
  refused: [
    { what: 'failed log-ins a minute here', keyOf: accountAndAddress, limit: 20, windowMs: 60_000 },
    { what: 'failed log-ins a minute from this address', keyOf: (_, address) => address, limit: 200, windowMs: 60_000 },
  ],
  slowed: [
    { what: 'failed log-ins a minute', keyOf: ({ email }) => email, limit: 20, windowMs: 60_000, delayMs: 1_000 },
  ],
  maxWaiting: 2,
}

function accountAndAddress({ email }: AttemptInput, address: string): string {
  return `${email} ${address}`
}

function setUp() {
  const clock = createManualClock()
  const guard = createAttemptGuard(limit, clock)
  const attempt = (email: string, address: string, run: () => Promise<string>) =>
    guard({ input: { email }, address, signal: new AbortController().signal, run }).then(
      () => 'ok',
      (error: BanyanError) => error.code,
    )
  return { clock, attempt }
}

const wrong = () => Promise.reject(shopErrors.BAD_CREDENTIALS())
const right = async () => 'welcome'
const LIMITED = gatewayErrors.RATE_LIMITED.code
const WRONG = shopErrors.BAD_CREDENTIALS.code

describe('attempt limits', () => {
  test('20 wrong guesses per account and address, then 429 also for the right one, then it heals', async () => {
    const { clock, attempt } = setUp()
    for (let i = 0; i < 20; i++) assert.equal(await attempt('ada', '1.1.1.1', wrong), WRONG)
    assert.equal(await attempt('ada', '1.1.1.1', wrong), LIMITED)
    assert.equal(await attempt('ada', '1.1.1.1', right), LIMITED)
    await clock.advance(60_000)
    assert.equal(await attempt('ada', '1.1.1.1', right), 'ok')
  })

  test('a thousand at once get no more than 20 guesses', async () => {
    const { attempt } = setUp()
    const results = await Promise.all(Array.from({ length: 1_000 }, () => attempt('ada', '1.1.1.1', wrong)))
    assert.equal(results.filter((code) => code === WRONG).length, 20)
  })

  test('right ones cost nothing', async () => {
    const { attempt } = setUp()
    for (let i = 0; i < 500; i++) assert.equal(await attempt('ada', '1.1.1.1', right), 'ok')
  })

  test('200 per address, over any number of accounts', async () => {
    const { attempt } = setUp()
    const results: string[] = []
    for (let i = 0; i < 210; i++) results.push(await attempt(`user${i}`, '1.1.1.1', wrong))
    assert.equal(results.filter((code) => code === WRONG).length, 200)
    assert.equal(await attempt('ada', '2.2.2.2', right), 'ok')
  })

  test('an account guessed at from many addresses is slowed, never locked', async () => {
    const { clock, attempt } = setUp()
    for (let i = 0; i < 20; i++) await attempt('ada', `1.1.1.${i}`, wrong)
    const owner = attempt('ada', '9.9.9.9', right)
    let isDone = false
    void owner.then(() => (isDone = true))
    await turn() // counting takes a moment
    await clock.advance(900)
    assert.equal(isDone, false)
    await clock.advance(100)
    assert.equal(await owner, 'ok')
  })

  test('no more may wait than a bound', async () => {
    const { clock, attempt } = setUp()
    for (let i = 0; i < 20; i++) await attempt('ada', `1.1.1.${i}`, wrong)
    const waiting = [1, 2].map((i) => attempt('ada', `2.2.2.${i}`, right))
    assert.equal(await attempt('ada', '2.2.2.3', right), coreErrors.OVERLOADED.code)
    await clock.advance(1_000)
    assert.deepEqual(await Promise.all(waiting), ['ok', 'ok'])
  })

  test('what is no guess is given back; what nobody saw the end of is not', async () => {
    const { attempt } = setUp()
    for (let i = 0; i < 100; i++) await attempt('ada', '1.1.1.1', () => Promise.reject(coreErrors.INVALID_INPUT()))
    assert.equal(await attempt('ada', '1.1.1.1', right), 'ok')
    for (let i = 0; i < 20; i++) await attempt('ada', '1.1.1.1', () => Promise.reject(coreErrors.CANCELLED()))
    assert.equal(await attempt('ada', '1.1.1.1', right), LIMITED)
  })

  test('the refusal says when to come back', async () => {
    const { clock } = setUp()
    const guard = createAttemptGuard(limit, clock)
    const scope = { input: { email: 'ada' }, address: '1.1.1.1', signal: new AbortController().signal, run: wrong }
    for (let i = 0; i < 20; i++) await assert.rejects(guard(scope))
    await assert.rejects(guard(scope), (error) => {
      return isError(error, gatewayErrors.RATE_LIMITED) && (error as BanyanError).details.retryAfterSeconds === 3
    })
  })
})
