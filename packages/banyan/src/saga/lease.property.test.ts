import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Clock } from '../core/index.ts'
import type { Row, Session } from '../data/index.ts'
import { createSimulatedClock, simulate } from '../testing/index.ts'
import { createLease, type Lease } from './lease.ts'

const LEASE_MS = 1_000
const LOOK_MS = 50
const NAMES = ['one', 'two', 'three']

/** What befalls one request on the network. */
interface Fate {
  readonly thereMs: number
  readonly backMs: number
  readonly lost: 'nothing' | 'request' | 'answer'
}

/** How far the wall clocks of the three processes are apart, and how far the server's is from all of them. */
const SKEWS_MS = [0, 216_000, -590_000]
const SERVER_AHEAD_MS = 5_000_000

type Step =
  | { readonly do: 'renew' | 'release'; readonly who: number; readonly fate: Fate }
  | { readonly do: 'restart'; readonly who: number }
  | { readonly do: 'wait'; readonly ms: number }

const SLOWEST_ANSWER_MS = 1_300
const delay = fc.constantFrom(0, 10, 400, 900, 1_300)
const fate: fc.Arbitrary<Fate> = fc.record({
  thereMs: delay,
  backMs: delay,
  lost: fc.constantFrom('nothing', 'nothing', 'nothing', 'request', 'answer'),
})
const who = fc.nat(NAMES.length - 1)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('renew' as const), who, fate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), who, fate }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), who }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(50, 300, 700, 1_100) }) },
)

test('however slow the network and wrong the clocks: nobody acts who may have been taken over from, all tell the database’s time', async (t) => {
  let held = 0
  let overtaken = 0
  const property = fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
    const clock = createSimulatedClock()
    const server = createServer(clock)
    const startOne = (index: number) =>
      startProcess(server, { ...clock, now: () => clock.now() + SKEWS_MS[index]! }, NAMES[index]!)
    let processes = NAMES.map((_, index) => startOne(index))

    const look = () => {
      for (const { lease } of processes) {
        const isAlive = server.isAlive(lease)
        if (lease.isHeld()) held++
        else if (isAlive) overtaken++
        assert.ok(!lease.isHeld() || isAlive, 'acts, although its sagas may be taken over')
        const behindMs = ownerOf(lease) === null ? 0 : server.nowMs() - lease.databaseNowMs()
        assert.ok(behindMs >= 0 && behindMs <= SLOWEST_ANSWER_MS, `${behindMs} ms behind the database`)
      }
    }
    const pass = async (ms: number) => {
      for (let gone = 0; gone < ms; gone += LOOK_MS) {
        await clock.advance(LOOK_MS)
        look()
      }
    }
    for (const one of steps) {
      if (one.do === 'wait') await pass(one.ms)
      if (one.do === 'restart') {
        processes[one.who]!.kill()
        processes = processes.with(one.who, startOne(one.who))
      }
      if (one.do === 'renew' || one.do === 'release') processes[one.who]!.ask(one.do, one.fate)
      await pass(LOOK_MS)
    }

    const clear: Fate = { thereMs: 1, backMs: 1, lost: 'nothing' }
    await clock.advance(400_000) // whatever was asked has its answer by then
    for (const process of processes) process.ask('renew', clear)
    await pass(LOOK_MS)
    for (const { lease } of processes) {
      assert.ok(lease.isHeld(), 'holds its lease again')
      assert.ok(server.nowMs() - lease.databaseNowMs() <= 2, 'tells the time as well as the best of its answers did')
    }
    for (const process of processes) process.ask('release', clear)
    await pass(LOOK_MS)
    for (const { lease } of processes) assert.ok(!lease.isHeld() && !server.isAlive(lease), 'given back at once')
  })
  await simulate(t, { name: 'saga.lease', runs: 150, property })
  assert.ok(held > 1_000 && overtaken > 100, `${held} looks at a held lease, ${overtaken} at one given up early`)
})

/** A process asks one thing after another, as its sweep does. */
function startProcess(server: ReturnType<typeof createServer>, clock: Clock, name: string) {
  let fate: Fate = { thereMs: 0, backMs: 0, lost: 'nothing' }
  let isKilled = false
  const database: Session = {
    query: (sql, values) => server.query({ sql, values: values!, fate, isGone: () => isKilled }) as Promise<never[]>,
  }
  const lease = createLease({ database, name, clock, durationMs: LEASE_MS })
  let last: Promise<unknown> = Promise.resolve()
  return {
    lease,
    /** What it has sent and what has not arrived goes with it: its next life takes longer to start than a socket to empty. */
    kill: () => void (isKilled = true),
    ask(what: 'renew' | 'release', next: Fate): void {
      last = last.then(() => {
        if (isKilled) return
        fate = next
        return lease[what]().catch(() => 'lost')
      })
    },
  }
}

interface Request {
  readonly sql: string
  readonly values: readonly unknown[]
  readonly fate: Fate
  readonly isGone: () => boolean
}

/** The table of processes behind a network; the server's clock began at another moment. */
function createServer(clock: Clock) {
  const rows = new Map<string, { epoch: number; untilMs: number }>()
  const nowMs = () => clock.now() + SERVER_AHEAD_MS

  function run(sql: string, [name, second, third]: readonly unknown[]): Row[] {
    const row = rows.get(name as string)
    if (sql.includes('INSERT INTO banyan_processes')) {
      const epoch = (row?.epoch ?? 0) + 1
      rows.set(name as string, { epoch, untilMs: nowMs() + Number(second) })
      return [{ epoch: String(epoch), nowMs: nowMs() }]
    }
    if (row === undefined || String(row.epoch) !== second) return []
    row.untilMs = nowMs() + (sql.includes('now() +') ? Number(third) : 0)
    return [{ epoch: second, nowMs: nowMs() }]
  }

  return {
    nowMs,
    async query({ sql, values, fate: { thereMs, backMs, lost }, isGone }: Request): Promise<Row[]> {
      await clock.sleep(thereMs)
      const answer = lost === 'request' || isGone() ? [] : run(sql, values)
      await clock.sleep(backMs)
      if (lost !== 'nothing') throw new Error(`the ${lost} was lost`)
      return answer
    },
    /** Whether nobody may take over from this life: the condition of the statement that does. */
    isAlive(lease: Lease): boolean {
      const owner = ownerOf(lease)
      const row = owner && rows.get(owner.name)
      return row ? String(row.epoch) === owner.epoch && row.untilMs > nowMs() : false
    },
  }
}

function ownerOf(lease: Lease) {
  try {
    return lease.owner
  } catch {
    return null // it never had a lease
  }
}
