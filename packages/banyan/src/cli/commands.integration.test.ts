import assert from 'node:assert/strict'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openCommandLine, type Started } from './testing/command-line.ts'

const ENTRIES = 30

describe('commands beside a running app', () => {
  const line = openCommandLine()
  let server: Started & { readonly url: string }
  before(async () => {
    server = await line.serve({ POISON: 'poison' })
    for (let at = 0; at < ENTRIES; at++) await add('1', at === 3 ? 'poison' : `entry ${at}`)
  })
  after(async () => {
    server?.child.kill('SIGTERM')
    await server?.ended
    line[Symbol.dispose]()
  })

  async function add(userId: string, text: string): Promise<void> {
    const answer = await fetch(`${server.url}/api/v1/users/${userId}/my-notes`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text }),
    })
    assert.equal(answer.status, 201)
  }

  test('events tail prints what was; --json gives an object a line', async () => {
    const { code, output } = await line.run(['events', 'tail', '--after', '0', '--no-follow', '--json'])
    assert.equal(code, 0)
    const events = output
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one) as { type: string; version: number })
    assert.deepEqual(
      events.map(({ version }) => version),
      Array.from({ length: ENTRIES }, (_, at) => at + 1),
    )
  })

  test('events tail follows; Ctrl-C ends it with 0', async () => {
    const tail = line.start([
      'events',
      'tail',
      '--service',
      'my-notes',
      '--type',
      'my-notes.entry-added.v1',
      '--after',
      String(ENTRIES),
    ])
    await add('2', 'while it follows')
    await tail.until(/^my-notes\/0\/1:\d+ {2}\S+ {2}my-notes\.entry-added\.v1 {2}2#1 {2}\{.*while it follows.*\}$/m)
    tail.child.kill('SIGINT')
    const { code, errors } = await tail.ended
    assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  })

  test('a reader that goes away ends it quietly', async () => {
    const tail = line.start(['events', 'tail', '--after', '0'])
    await tail.until(/entry-added/)
    tail.child.stdout!.destroy()
    await add('3', 'nobody reads this')
    const { code, errors } = await tail.ended
    assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  })

  test('names of services, types, consumers and projections are checked', async () => {
    const wrong = [
      [['events', 'tail', '--service', 'zoo'], /must be one of my-notes, mirror, got "zoo"/],
      [
        ['events', 'tail', '--type', 'my-notes.x.v1'],
        /must be one of my-notes\.entry-added\.v1; got "my-notes\.x\.v1"/,
      ],
      [['events', 'tail', '--after', '-1'], /whole number from 0, got "-1"/],
      [['events', 'dead', '--consumer', 'zoo'], /must be one of mirror\.copy, mirror\.totals, got "zoo"/],
      [['events', 'replay'], /exactly one of --consumer NAME, --letter LETTER or --all/],
      [['events', 'replay', '--letter', 'zoo'], /it looks like notifications\.mail@orders\/0\/1:42, got "zoo"/],
      [['projections', 'rebuild', 'zoo'], /must be one of mirror\.totals, got "zoo"/],
      [['sagas', 'show', 'zoo'], /^banyan: id: there is no saga "zoo"\. List them with: banyan sagas ls /],
    ] as const
    for (const [args, message] of wrong) {
      const { code, errors } = await line.run(args)
      assert.equal(code, 2, errors)
      assert.match(errors, message)
    }
  })

  test('projections rebuild while events come, and say what they found', async () => {
    const { code, output } = await line.run(['projections', 'rebuild', 'mirror.totals'])
    assert.equal(code, 0)
    assert.match(output, /^mirror\.totals: \d+ rows rebuilt, 0 differ from the live ones, swapped in, \d+ ms\n$/)
    const list = await line.run(['projections', 'ls'])
    assert.match(list.output, /^mirror\.totals {2}mirror\.totals {2}my-notes\/0\/1 {2}\d+/m)
  })

  async function deadLetters() {
    return JSON.parse((await line.run(['events', 'dead', '--json'])).output) as { letter: string; status: string }[]
  }

  async function untilDead(count: number) {
    let letters = await deadLetters()
    for (const deadline = Date.now() + 60_000; letters.length < count && Date.now() < deadline;)
      letters = await deadLetters()
    return letters
  }

  test('dead letters are listed; they fail again while their cause is there, and are replayed in order when it is gone', async () => {
    const letters = await untilDead(ENTRIES - 3)
    assert.equal(letters.length, ENTRIES - 3, 'the poisoned one and those of its aggregate behind it')
    assert.equal(letters[0]!.status, 'poisoned')

    const { letter } = letters[0]!
    const early = await line.run(['events', 'replay', '--letter', letter], { POISON: 'poison' })
    assert.equal(early.code, 1)
    assert.match(early.output, /^0 replayed, 1 failed again\nmy-notes\/0\/1:\d+ .*cannot take poison/)
    const one = await line.run(['events', 'replay', '--letter', letter])
    assert.deepEqual([one.code, one.output], [0, '1 replayed, 0 failed again\n'])
    const rest = await line.run(['events', 'replay', '--all'])
    assert.deepEqual([rest.code, rest.output], [0, `${ENTRIES - 4} replayed, 0 failed again\n`])
    assert.equal((await line.run(['audit'])).code, 0)
  })

  test('audit --repair replays dead letters in order, once their cause is gone, and the audit holds', async () => {
    await add('4', 'poison')
    await add('4', 'behind it')
    assert.equal((await untilDead(2)).length, 2)
    const early = await line.run(['audit', '--repair'], { POISON: 'poison' })
    assert.match(
      early.errors,
      /^mirror\.copy: 0 replayed, 1 failed again: Error: cannot take poison\..*banyan events dead/m,
    )
    assert.equal((await deadLetters()).length, 2, 'what fails again goes on waiting')

    const { code, output, errors } = await line.run(['audit', '--repair'])
    assert.match(errors, /^mirror\.copy: 2 replayed, 0 failed again$/m)
    assert.match(output, /^I17 +holds/m)
    assert.deepEqual([code, await deadLetters()], [0, []])
    const totals = await line.run(['projections', 'rebuild', 'mirror.totals'])
    assert.match(totals.output, / 0 differ from the live ones/)
  })

  test('an audit has the patience to read whole tables', async () => {
    const { output } = await line.run(['audit'])
    assert.match(output, /^mirror\.patience +holds +1 +a statement may take 120000 ms/m)
  })

  test('a backup taken meanwhile is restored elsewhere, with the same secrets only, and over nothing', async () => {
    const backup = join(line.folder, 'backup')
    const taken = await line.run(['backup', backup])
    assert.equal(taken.code, 0, taken.errors)
    assert.match(taken.output, /It holds no secrets/)
    assert.equal((await line.run(['backup', backup])).code, 1, 'not into a folder that holds something')

    using other = openCommandLine()
    const stranger = await other.run(['restore', backup])
    assert.equal(stranger.code, 2)
    assert.match(stranger.errors, /No BANYAN_SECRET is set\. Set it, or copy the old system’s secrets\.json to/)
    const wrong = await other.run(['restore', backup], { BANYAN_SECRET: 'another secret of at least 32 characters' })
    assert.match(wrong.errors, /is not the one that the backup was taken with/)

    mkdirSync(other.data, { recursive: true })
    cpSync(join(line.data, 'secrets.json'), join(other.data, 'secrets.json'))
    const restored = await other.run(['restore', backup])
    assert.equal(restored.code, 0, restored.errors)
    assert.match(restored.output, /my-notes\.numbered-without-gap {2}holds +4/)
    assert.match((await other.run(['events', 'tail', '--after', '0', '--no-follow'])).output, /3#1 .*nobody reads this/)

    const again = await other.run(['restore', backup])
    assert.equal(again.code, 1)
    assert.match(again.errors, /holds rows already, and a restore overwrites nothing/)
    const held = await line.run(['restore', backup])
    assert.match(held.errors, /is in use by process/)
  })
})
