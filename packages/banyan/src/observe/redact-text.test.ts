import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { redactText } from './redact-text.ts'

// What is written, and what must not be left of it.
const LEAKS: readonly (readonly [text: string, secret: string])[] = [
  ['postgres://shop:hunter2@db:5432/shop?sslmode=require', 'hunter2'],
  ['postgres://shop:p@ss/w:rd#1@db/shop', 'ss/w'],
  ['redis://:hunter2@cache:6379', 'hunter2'],
  ['https://me:hunter2@example.com/x', 'hunter2'],
  ['Authorization: Bearer abc.def-ghi', 'abc.def'],
  ['got header Basic dXNlcjpwYXNz', 'dXNlcjpw'],
  ['jwt eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiI0MiJ9.c2lnbmF0dXJl here', 'eyJzdWIi'],
  ['key sk_live_51H8abcdEFGHijkl', '51H8abcd'],
  ['webhook whsec_MfKQ9r8GKYqrTwjU', 'MfKQ9r8G'],
  ['pi_3abc_secret_9xYzAbCdEf', '9xYzAbCd'],
  ['body {"email":"a@b.c","password":"hunter2 with \' and space"}', 'hunter2'],
  ['body {\\"password\\":\\"hunter2\\"}', 'hunter2'],
  ['?token=hunter2&x=1', 'hunter2'],
  ["PGPASSWORD='hunter2' psql", 'hunter2'],
  ['cookie: session=hunter2', 'hunter2'],
  ['cookie: a=1; session=hunter2', 'hunter2'],
  ['paid with 4242 4242 4242 4242 today', '4242 4242'],
  ['paid with 5555-5555-5555-4444.', '5555-5555'],
  ['amex 378282246310005', '378282246310005'],
  ['-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----', 'MC4CAQ'],
]

describe('redactText', () => {
  for (const [text, secret] of LEAKS) {
    test(`hides the secret of: ${text.split('\n')[0]}`, () => {
      const safe = redactText(text)
      assert.ok(!safe.includes(secret), safe)
      assert.ok(safe.includes('[redacted]'), safe)
    })
  }

  test('keeps what is no secret readable', () => {
    const harmless = [
      'order ord_42_7zk3abcdefghjkmn confirmed in 12 ms',
      'GET http://127.0.0.1:3000/api/v2/users?email=a@b.c 200',
      'at 1768473000000 the watermark was 4242424242424',
      'session pay_9007199254740991_7zk3abcdefghjkmn',
      'traceparent 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    ]
    for (const text of harmless) assert.equal(redactText(text), text)
  })

  test('is linear: 200 kB of near misses take well under a second', () => {
    const started = process.hrtime.bigint()
    for (const piece of ['password', 'a://b:', '4 ', 'eyJ', 'token=', 'Bearer ', '-----BEGIN ']) {
      redactText(piece.repeat(8192 / piece.length))
    }
    assert.ok(Number(process.hrtime.bigint() - started) / 1e6 < 1000)
  })
})
