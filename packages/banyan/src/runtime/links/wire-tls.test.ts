import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createTestAuthority } from '../../testing/index.ts'
import { readWireTls } from './wire-tls.ts'

const certify = createTestAuthority()
const [orders, users] = [certify('orders'), certify('users')]
let folder: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'banyan-wire-tls-'))
  await Promise.all(
    Object.entries({ ...orders, otherKey: users.key }).map(([name, text]) => writeFile(join(folder, name), text)),
  )
})
after(() => rm(folder, { recursive: true }))

const at = (name: string) => join(folder, name)
const complete = () => ({ WIRE_TLS_CERT: at('cert'), WIRE_TLS_KEY: at('key'), WIRE_TLS_CA: at('ca') })

test('all three files make TLS, none of them none', async () => {
  assert.deepEqual(await readWireTls(complete()), orders)
  assert.equal(await readWireTls({ WIRE_TLS_CERT: '', WIRE_TLS_KEY: undefined, WIRE_TLS_CA: undefined }), null)
})

test('what is missing or cannot be read is said at once', async () => {
  await assert.rejects(
    readWireTls({ ...complete(), WIRE_TLS_CA: undefined, WIRE_TLS_KEY: at('nowhere') }),
    (error: Error) => {
      assert.match(error.message, /WIRE_TLS_CA is not set\. Set all of/)
      assert.match(error.message, /WIRE_TLS_KEY names .*nowhere, which cannot be read: ENOENT/)
      return true
    },
  )
})

test('a key of another certificate is refused at the start, not at the first call', async () => {
  await assert.rejects(readWireTls({ ...complete(), WIRE_TLS_KEY: at('otherKey') }), /do not go together/)
})
