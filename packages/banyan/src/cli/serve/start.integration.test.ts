import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { findFreePort } from '../../testing/index.ts'
import { openCommandLine, type CommandLine } from '../testing/command-line.ts'

describe('banyan start', () => {
  const line = openCommandLine()
  after(() => line[Symbol.dispose]())

  test('names every fault of the settings at once and ends with 2', async () => {
    const wrong = { PORT: 'x', LOG_LEVEL: 'loud', NODE_ENV: 'live', TRUST_PROXY: '--', BANYAN_TOPOLOGY: 'zoo' }
    const { code, errors } = await line.run(['start'], wrong)
    assert.equal(code, 2)
    assert.match(errors, /PORT must be a whole number between 0 and 65535, got "x"/)
    assert.match(errors, /LOG_LEVEL must be one of .*, got "loud"/)
    assert.match(errors, /NODE_ENV must be one of .*, got "live"/)
    assert.match(errors, /BANYAN_TOPOLOGY must be one of monolith, or a file, got "zoo"/)
    assert.match(errors, / TRUST_PROXY: it must be 'none', a hop count 1–10, or CIDRs such as \S+, got "--"\./)
  })

  test('names options as they were typed, and the topologies that there are', async () => {
    const { code, errors } = await line.run(['start', '--port', 'abc', '--topology', 'zoo'], { LOG_LEVEL: 'loud' })
    assert.equal(code, 2)
    assert.match(errors, /^banyan: The settings: --port must be a whole number between 0 and 65535, got "abc"\./)
    assert.match(errors, / LOG_LEVEL must be one of /)
    assert.match(errors, / --topology must be one of monolith, or a file, got "zoo"\.\n$/)
  })

  test('says which variable is probably a misspelt setting, and starts; of an option, what it probably is', async () => {
    using fresh = openCommandLine()
    const [server, option] = await Promise.all([
      fresh.serve({ RATE_LIMITT: 'a secret' }),
      line.run(['start', '--topolgy', 'monolith']),
    ])
    server.child.kill('SIGTERM')
    const { code, errors } = await server.ended
    assert.deepEqual(
      [code, errors],
      [0, 'banyan: RATE_LIMITT is no setting and changes nothing. Did you mean RATE_LIMIT_PER_SECOND?\n'],
    )
    assert.deepEqual([option.code, option.output], [2, ''])
    assert.match(option.errors, /unknown option '--topolgy'\n\(Did you mean --topology\?\)/)
  })

  test('a port that is taken or a host that is none ends a first start before it makes anything', async () => {
    using fresh = openCommandLine()
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const [taken, nowhere] = await Promise.all([
      fresh.run(['start', '--port', String(port)]),
      fresh.run(['start'], { HOST: '300.1.1.1' }),
    ])
    other.close()
    assert.deepEqual([taken.code, nowhere.code], [2, 2])
    assert.match(taken.errors, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is taken by another process\\. Set --port`))
    assert.match(nowhere.errors, /host "300\.1\.1\.1" is not known\. Set HOST to an address of this machine/)
    assert.ok(!existsSync(fresh.data), 'no data folder was made')
  })

  test('of two starts at once on one port one serves; the other says so and has made nothing', async () => {
    using one = openCommandLine()
    using two = openCommandLine()
    const port = await findFreePort()
    const starts = [one, two].map((project) => ({ project, ...project.start(['start', '--port', String(port)]) }))
    const early = await firstAnswer(`http://127.0.0.1:${port}/health/ready`)
    assert.equal(early.status, 503, 'it holds the port before it is ready')
    assert.match(await early.text(), /Not ready: this process is starting\./)
    const loser = await Promise.race(starts.map(async (start) => ({ start, ...(await start.ended) })))
    const winner = starts.find((start) => start !== loser.start)!
    assert.equal(loser.code, 2, loser.errors)
    assert.match(loser.errors, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is taken by another process\\. Set --port`))
    assert.ok(!existsSync(loser.start.project.data), 'no data folder was made')
    await winner.until(/^ready /m)
    assert.equal((await fetch(`http://127.0.0.1:${port}/health/ready`)).status, 200)
    winner.child.kill('SIGTERM')
    assert.equal((await winner.ended).code, 0)
  })

  test('commands and options that do not exist end with 2, help with 0', async () => {
    const [command, option, help] = await Promise.all([
      line.run(['fly']),
      line.run(['start', '--high']),
      line.run(['--help']),
    ])
    assert.deepEqual([command.code, option.code, help.code], [2, 2, 0])
    assert.match(command.errors, /unknown command 'fly'/)
    assert.match(help.output, /Exit codes: 0 done; 1 a fault/)
  })

  test('help COMMAND, --version', async () => {
    const [start, inner, none, version] = await Promise.all([
      line.run(['help', 'start']),
      line.run(['events', 'help', 'tail']),
      line.run(['help', 'fly']),
      line.run(['--version']),
    ])
    assert.deepEqual([start.code, inner.code, none.code, version.code], [0, 0, 2, 0])
    assert.match(start.output, /^Usage: banyan start/)
    assert.doesNotMatch(start.output, /default: \{/)
    assert.match(inner.output, /^Usage: banyan events tail/)
    assert.match(version.output, /^fixture 0\.0\.0, banyan \d+\.\d+\.\d+, node v\d+/)
  })

  test('a command ends when its work is done, whatever is still open', async () => {
    using project = openCommandLine()
    const config = join(project.folder, 'banyan.config.ts')
    writeFileSync(config, `setInterval(() => undefined, 1_000)\n${readFileSync(config, 'utf8')}`)
    await serveOnce(project)
    const runs = [['--help'], ['fly'], ['start', '--topology', 'zoo'], ['openapi'], ['events', 'dead']]
    const ends = await Promise.all(runs.map((args) => project.run(args)))
    assert.deepEqual(
      ends.map(({ code }) => code),
      [0, 2, 2, 0, 0],
    )
    assert.ok(JSON.parse(ends[3]!.output), 'all of it was written')
  })

  test('says last where it listens; a second start says who holds the data; SIGTERM drains and ends with 0', async () => {
    const server = await line.serve()
    assert.match(server.output(), /\nready http:\/\/127\.0\.0\.1:\d+ \(monolith, \d+ ms\)\n$/)
    const second = await line.run(['start'])
    assert.equal(second.code, 1)
    assert.match(
      second.errors,
      new RegExp(`is in use by process ${server.child.pid}\\. Stop it, or set BANYAN_DATA to another folder\\.\n$`),
    )
    assert.equal((await fetch(`${server.url}/health/ready`)).status, 200)
    server.child.kill('SIGTERM')
    assert.equal((await server.ended).code, 0)
  })

  test('a command below the project’s folder finds the project’s data', async () => {
    using project = openCommandLine()
    const below = join(project.folder, 'below')
    mkdirSync(below)
    const { code, errors } = await project.run(['events', 'dead'], { BANYAN_DATA: '', PWD: below })
    assert.deepEqual([code, readdirSync(below)], [2, []])
    assert.ok(errors.includes(`BANYAN_DATA: ${join(realpathSync(project.folder), '.banyan')} holds no data`), errors)
  })

  async function firstAnswer(url: string): Promise<Response> {
    const deadlineMs = performance.now() + 30_000
    for (;;) {
      const answer = await fetch(url).catch(() => null)
      if (answer) return answer
      assert.ok(performance.now() < deadlineMs, 'nobody answers')
    }
  }

  async function serveOnce(project: CommandLine): Promise<void> {
    const server = await project.serve()
    server.child.kill('SIGTERM')
    assert.equal((await server.ended).code, 0)
  }

  const INTERRUPTED = [
    [['start'], 'SIGTERM', 0],
    [['audit'], 'SIGINT', 130],
    [['backup', 'copy'], 'SIGTERM', 143],
  ] as const
  for (const [args, signal, expected] of INTERRUPTED) {
    test(`${signal} while the database server of ${args[0]} starts is obeyed, and nothing stays behind`, async () => {
      using fresh = openCommandLine()
      const isFirst = args[0] === 'start'
      if (!isFirst) await serveOnce(fresh)
      const sign = join(fresh.data, isFirst ? 'postgres' : 'postgres/data/postmaster.pid')
      const starting = fresh.start(args)
      const deadlineMs = performance.now() + 60_000
      while (!existsSync(sign) && performance.now() < deadlineMs) await setImmediate()
      starting.child.kill(signal)
      const { code, output } = await starting.ended
      assert.deepEqual({ code, output }, { code: expected, output: '' })
      assert.ok(!existsSync(join(fresh.data, 'postgres/data/postmaster.pid')), 'the server was stopped')
    })
  }

  test('goes on serving when nobody reads its output any more', async () => {
    const server = await line.serve({ LOG_LEVEL: 'info' })
    server.child.stdout!.destroy()
    for (let at = 0; at < 20; at++) await fetch(`${server.url}/api/v1/nothing`)
    assert.equal((await fetch(`${server.url}/health/ready`)).status, 200)
    server.child.kill('SIGTERM')
    assert.equal((await server.ended).code, 0)
  })
})
