import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { ChaosReport } from '../../chaos/index.ts'
import { openCommandLine } from '../testing/command-line.ts'
import { copyProject } from '../testing/project-copy.ts'

const ROOT = join(import.meta.dirname, '../../../../..')

describe('banyan new service', () => {
  const project = copyProject(ROOT)
  const line = openCommandLine(project.root)
  after(() => {
    line[Symbol.dispose]()
    project[Symbol.dispose]()
  })
  const read = (path: string) => readFileSync(join(project.root, path), 'utf8')

  async function node(...args: string[]) {
    const { NODE_TEST_CONTEXT: _, ...env } = process.env // with it, node runs no tests within tests
    const child = spawn(process.execPath, args, { cwd: project.root, env })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, output }
  }

  test('refuses a name that is taken', async () => {
    const [service, folder] = await Promise.all(['orders', 'seed'].map((name) => line.run(['new', 'service', name])))
    assert.deepEqual([service!.code, folder!.code], [2, 2])
    assert.match(service!.errors, /"orders" is a service already/)
    assert.match(folder!.errors, /the folder packages\/shop\/src\/seed exists already/)
  })

  test('writes nothing when it cannot register safely', async () => {
    const path = 'packages/shop/src/topologies/monolith.ts'
    const original = read(path)
    writeFileSync(join(project.root, path), original.replace("services: ['users',", "services: [...['users'],"))
    const { code, errors } = await line.run(['new', 'service', 'gift-cards'])
    writeFileSync(join(project.root, path), original)
    assert.equal(code, 2)
    assert.match(errors, /monolith\.ts cannot be edited safely: .*Add 'gift-cards' by hand\. Nothing was written\./)
    assert.doesNotMatch(read('packages/shop/src/app.ts'), /giftCards/)
  })

  test('the new service passes its tests and the walls, and the shop serves it', async () => {
    const { code, output, errors } = await line.run(['new', 'service', 'gift-cards'])
    assert.equal(code, 0, errors)
    assert.match(output, /^made +packages\/shop\/src\/gift-cards\/contract\.ts$/m)
    const routes = [
      'POST /users/:userId/gift-cards',
      'GET /users/:userId/gift-cards/:number',
      'GET /users/:userId/gift-cards',
    ]
    assert.ok(output.includes(`Its routes, below /api/v2:\n  ${routes.join('\n  ')}\nNext:\n`), output)

    const tests = ['domain.test.ts', 'service.integration.test.ts', 'workload.test.ts'].map(
      (file) => `packages/shop/src/gift-cards/${file}`,
    )
    const run = await node('--test', '--test-reporter=tap', ...tests)
    assert.equal(run.code, 0, run.output)
    assert.match(run.output, /^# pass 7$/m)
    // Whatever else the walls may find in the tree at this moment.
    const walls = await node('--test', '--test-reporter=tap', 'tools/architecture.test.ts')
    assert.match(walls.output, /^# tests \d+$/m)
    assert.doesNotMatch(walls.output, /gift-cards/)
    const format = await node(
      'node_modules/.bin/oxfmt',
      '--check',
      'packages/shop/src/gift-cards',
      'packages/shop/src/app.ts',
    )
    assert.equal(format.code, 0, format.output)
    const proto = await node('--input-type=module', '--eval', WRITE_PROTO)
    assert.equal(proto.code, 0, proto.output)
    assert.match(proto.output, /^packages\/shop\/proto\/gift_cards\.proto$/m)
    assert.match(proto.output, /^package shop\.gift_cards;$/m)

    const shop = await line.serve()
    const session = await post(`${shop.url}/api/v2/sessions`, {
      email: 'customer1@example.com',
      password: 'banyan-demo',
    })
    const { accessToken, user } = session.data as { accessToken: string; user: { id: string } }
    const cards = `${shop.url}/api/v2/users/${user.id}/gift-cards`
    const added = await post(cards, { text: 'ten dollars' }, accessToken)
    assert.deepEqual([added.status, added.location], [201, `/api/v2/users/${user.id}/gift-cards/1`])
    const headers = { authorization: `Bearer ${accessToken}` }
    const found = (await (await fetch(shop.url + added.location, { headers })).json()) as { data: unknown }
    assert.deepEqual(found.data, added.data)
    shop.child.kill('SIGTERM')
    assert.equal((await shop.ended).code, 0)
  })

  test('what its workload says is done to the new service while processes and database die, and nothing is lost', async () => {
    const workload = 'packages/shop/src/gift-cards/workload.ts'
    const report = join(line.folder, 'report.json')
    const faults = ['--faults', 'process=2,database=1', '--seed', '1']
    const { code, output, errors } = await line.run(
      ['chaos', '--orders', '200', ...faults, '--workload', workload, '--report', report],
      { PWD: project.root },
    )
    assert.equal(code, 0, output + errors)
    const told = JSON.parse(readFileSync(report, 'utf8')) as ChaosReport
    assert.deepEqual(told.faults, { process: 2, database: 1 })
    assert.match(
      errors,
      /^seed 1: 200 visits, 3 faults\n\d+ of 200 visits, \d of 3 faults, \d+\/s/m,
      'it tells how far it is',
    )
    assert.deepEqual([told.answers, told.figures, told.violations], [{ 201: 250 }, { entries: 200 }, 0])
    const own = told.audit.find(({ invariant }) => invariant === 'gift-cards.numbered-without-gap')
    assert.deepEqual([own?.verdict, own?.checked], ['holds', 20])
  })

  test('a file that says nothing of clients is named', async () => {
    for (const [file, message] of [
      ['nowhere.ts', /nowhere\.ts cannot be read/],
      ['packages/shop/src/gift-cards/contract.ts', /contract\.ts exports no workload\. Export \{ environment, open \}/],
    ] as const) {
      const { code, errors } = await line.run(['chaos', '--workload', file], { PWD: project.root })
      assert.equal(code, 2, errors)
      assert.match(errors, message)
    }
  })
})

/** Of the generator that is the next step, what has to do with names. */
const WRITE_PROTO = `
  const { PROTO_FILES } = await import('./tools/docs/proto-files.ts')
  for (const { path, make } of PROTO_FILES) console.log(path + '\\n' + await make('.'))
`

async function post(url: string, body: unknown, token?: string): Promise<Posted> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const headers = { 'content-type': 'application/json', ...authorization }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  const json = (await answer.json()) as { success: boolean; data: unknown }
  assert.ok(json.success, JSON.stringify(json))
  return { status: answer.status, location: answer.headers.get('location'), data: json.data }
}

interface Posted {
  readonly status: number
  readonly location: string | null
  readonly data: unknown
}
