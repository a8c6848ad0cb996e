import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCollectorEndpoint, parseCollectorHeaders } from './collector.ts'

test('an endpoint is a plain http or https address', () => {
  for (const text of ['http://127.0.0.1:4318', 'https://otlp.example.com/tenant/']) {
    assert.equal(parseCollectorEndpoint(text), text)
  }
  for (const text of ['127.0.0.1:4318', 'grpc://collector:4317', 'http://me:secret@host', 'http://host?key=1', '']) {
    assert.throws(() => parseCollectorEndpoint(text), /must be a URL such as/, text)
  }
})

test('headers are pairs, their values percent-encoded', () => {
  assert.deepEqual(parseCollectorHeaders('Api-Key=abc=,x-scope = a%20b%2Cc'), { 'api-key': 'abc=', 'x-scope': 'a b,c' })
  for (const text of ['', 'name', 'name=', '=value', 'a=1,,b=2', 'a=%zz', 'a b=c']) {
    assert.throws(() => parseCollectorHeaders(text), /must be name=value/, text)
  }
})
