import assert from 'node:assert/strict'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { openCommandLine, type CommandLine } from './testing/command-line.ts'

// Of `mirror`, which copies the notes, there is nothing in a backup that was taken before it was added.
describe('a backup from before a service was added', () => {
  const older = openCommandLine()
  const newer = openCommandLine()
  const backup = join(older.folder, 'backup')
  after(() => {
    older[Symbol.dispose]()
    newer[Symbol.dispose]()
  })

  test('is restored: the new service begins empty, and then reads what was there before it', async () => {
    runWithoutMirror(older)
    const before = await older.serve()
    const notes = `${before.url}/api/v1/users/1/my-notes`
    const headers = { 'content-type': 'application/json' }
    assert.equal(
      (await fetch(notes, { method: 'POST', headers, body: '{"text":"older than the mirror"}' })).status,
      201,
    )
    before.child.kill('SIGTERM')
    await before.ended
    assert.equal((await older.run(['backup', backup])).code, 0)

    mkdirSync(newer.data)
    cpSync(join(older.data, 'secrets.json'), join(newer.data, 'secrets.json'))
    const restored = await newer.run(['restore', backup])
    assert.equal(restored.code, 0, restored.errors)
    assert.match(restored.output, /^The backup is from before mirror, which begins empty\.$/m)
    assert.match(restored.output, /^mirror\.patience +holds/m)

    const server = await newer.serve()
    assert.deepEqual(await copied(), { rows: 1, differences: 0 })
    server.child.kill('SIGTERM')
    await server.ended
  })

  test('one that holds a service which is gone is refused: its rows would be lost', async () => {
    using without = openCommandLine()
    runWithoutMirror(without)
    const newerBackup = join(newer.folder, 'backup')
    assert.equal((await newer.run(['backup', newerBackup])).code, 0)
    mkdirSync(without.data)
    cpSync(join(older.data, 'secrets.json'), join(without.data, 'secrets.json'))
    const { code, errors } = await without.run(['restore', newerBackup])
    assert.equal(code, 1)
    assert.match(errors, /does not fit this system: it holds mirror, my_notes; this system has my_notes\./)
  })

  function runWithoutMirror({ folder }: CommandLine): void {
    const config = join(folder, 'banyan.config.ts')
    const fixture = readFileSync(config, 'utf8').replace('export', 'import').trimEnd()
    writeFileSync(
      config,
      `${fixture.replace('{ app }', '{ app as newer }')}
const processes = [{ name: 'trunk', services: ['my-notes'], gateway: true }]
const services = newer.services.filter(({ contract }) => contract.name === 'my-notes')
export const app = { ...newer, services, topologies: [{ name: 'monolith', processes }] }
`,
    )
  }

  async function copied() {
    const { output, errors } = await newer.run(['projections', 'rebuild', 'mirror.totals', '--compare', '--json'])
    assert.equal(errors, '')
    const [{ rows, differences }] = JSON.parse(output) as [{ rows: number; differences: number }]
    return { rows, differences }
  }
})
