import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemRandom } from 'banyan/core'
import { createRefreshTokens } from './refresh-token.ts'

const tokens = createRefreshTokens({ secret: Buffer.alloc(32, 1), random: systemRandom })
const sessionId = 'ses_42_0123456789abcdef'

test('a token says whose it is and which session it belongs to', () => {
  const { text, hash } = tokens.issue(sessionId)
  assert.deepEqual(tokens.parse(text), { userId: '42', sessionId, hash })
  assert.notEqual(tokens.issue(sessionId).text, text)
  assert.ok(text.length <= 256)
})

test('no character of a token can be changed, added or left out', () => {
  const { text } = tokens.issue(sessionId)
  for (let at = 0; at < text.length; at++) {
    const other = text[at] === '1' ? '2' : '1'
    assert.equal(tokens.parse(text.slice(0, at) + other + text.slice(at + 1)), null, `changed at ${at}`)
    assert.equal(tokens.parse(text.slice(0, at) + text.slice(at + 1)), null, `left out at ${at}`)
  }
  assert.equal(tokens.parse(`${text}0`), null)
  assert.equal(tokens.parse(''), null)
})

test('a token of another secret is none', () => {
  const others = createRefreshTokens({ secret: Buffer.alloc(32, 2), random: systemRandom })
  assert.equal(tokens.parse(others.issue(sessionId).text), null)
})
