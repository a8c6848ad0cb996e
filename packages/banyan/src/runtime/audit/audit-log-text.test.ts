import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { auditLogText, findSecret } from './audit-log-text.ts'

const known = ['the-admin-of-campaigns']

test('each kind of secret is found', () => {
  const lines: [string, string][] = [
    ['{"msg":"log-in with the-admin-of-campaigns"}', 'a secret of this system'],
    ['token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLWl0', 'a signed token'],
    ['authorization: Bearer abcdefghijklmnopqrst', 'a bearer token'],
    ['$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g', 'a password hash'],
    ['cannot reach postgres://shop:hunter22@db/shop', 'a password in an address'],
    ['paid with 4242424242424242', 'a card number'],
  ]
  assert.deepEqual(
    lines.map(([line]) => findSecret(line, known)),
    lines.map(([, kind]) => kind),
  )
})

test('what only looks like one is none', () => {
  const lines = [
    'authorization: Bearer [redacted]',
    'postgres://shop@db/shop and postgres://shop:[redacted]@db/shop',
    '{"time":1764460800000,"order":"ord_28_ywgsvywmaygcy5ty"}',
    'payment 4242424242424241 of 16 digits that are no card',
    'trace 00-132621cd67f10b3c0fc35487761a43ab-00f067aa0ba902b7-01',
  ]
  for (const line of lines) assert.equal(findSecret(line, known), null, line)
})

test('the finding names file, line and kind, never the secret', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'logs-'))
  const file = join(folder, 'app.log')
  writeFileSync(file, 'all well\nbad the-admin-of-campaigns\n')
  const [finding] = await auditLogText({ files: [file], secrets: known })
  rmSync(folder, { recursive: true })
  assert.deepEqual(finding, {
    invariant: 'I21',
    verdict: 'broken',
    checked: 2,
    rows: [`${file}:2 holds a secret of this system`],
  })
})
