import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { openCommandLine } from './testing/command-line.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const PRODUCT = '/api/v2/products/17'

describe('what cannot be done, before anything is', () => {
  const line = openCommandLine()
  const shop = openCommandLine(ROOT)
  after(() => {
    line[Symbol.dispose]()
    shop[Symbol.dispose]()
  })

  async function fails([args, message]: readonly [readonly string[], RegExp], expected: number): Promise<void> {
    const { code, errors } = await shop.run(args, { PROBE_TOKEN: 'refused' })
    assert.equal(code, expected, errors)
    assert.match(errors, message)
  }

  test('a folder without data is named, and stays as it is', async () => {
    const looks = [
      ['audit'],
      ['sagas', 'ls'],
      ['events', 'dead'],
      ['projections', 'ls'],
      ['backup', join(line.folder, 'b')],
    ]
    for (const { code, output, errors } of await Promise.all(looks.map((args) => line.run(args)))) {
      assert.deepEqual([code, output], [2, ''])
      assert.ok(
        errors.startsWith(`banyan: BANYAN_DATA: ${line.data} holds no data, and this command makes none. Set `),
        errors,
      )
    }
    const restored = await line.run(['restore', '/no/such/folder'])
    assert.equal(restored.code, 1)
    assert.match(restored.errors, /\/no\/such\/folder .*no manifest is there/)
    assert.ok(!existsSync(line.data) && !existsSync(join(line.folder, 'b')), 'nothing was made')
  })

  test('a data folder that cannot be made names its setting', async () => {
    const { code, errors } = await line.run(['start'], { BANYAN_DATA: '/dev/null/x' })
    assert.equal(code, 2)
    assert.match(
      errors,
      /^banyan: BANYAN_DATA: \/dev\/null\/x cannot be made: ENOTDIR[^(]*Set it to a folder .* write\.\n$/,
    )
  })

  const WRONG = [
    [['cache', 'why', PRODUCT, '--url', 'foo'], /^banyan: --url: it must be an address like http:.*, got "foo"\.\n$/],
    [['cache', 'probe', PRODUCT, '--cdn', 'ftp://foo'], /^banyan: --cdn: .*, got "ftp:\/\/foo"\.\n$/],
    [['cache', 'why', 'http://'], /^banyan: path: 'http:\/\/' is no read of this app\./],
    [['audit', '--quiet', '--gateway', 'foo'], /^banyan: --gateway: .*, got "foo"\.\n$/],
    [['audit', '--logs', '/nope'], /^banyan: --logs: \/nope cannot be read \(ENOENT\)\.\n$/],
  ] as const
  test('an address or file that is none is said in a sentence and ends with 2', async () => {
    await Promise.all(WRONG.map((run) => fails(run, 2)))
  })

  test('what cannot be reached, or refuses, ends with 1', async () => {
    const refusing = createServer((request, response) => {
      const body = request.method === 'GET' ? JSON.stringify({ data: {} }) : 'no such token'
      response.writeHead(request.method === 'GET' ? 200 : 401, { etag: '"v2-p17"' }).end(body)
    }).listen(0, '127.0.0.1')
    await once(refusing, 'listening')
    const url = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`
    const away = [
      [['status'], /^banyan: No supervisor runs on \S+\. Start one/],
      [
        ['cache', 'why', PRODUCT, '--url', 'http://127.0.0.1:1'],
        /^banyan: http:\/\/127\.0\.0\.1:1 does not answer \(.*\)\. Start/,
      ],
      [['cache', 'probe', PRODUCT, '--url', 'http://127.0.0.1:1'], /^banyan: http:\/\/127\.0\.0\.1:1 does not answer/],
      [['cache', 'probe', PRODUCT, '--url', url], /^banyan: PUT \S+ answers 401: no such token\n$/],
    ] as const
    await Promise.all(away.map((run) => fails(run, 1)))
    refusing.close()
  })
})
