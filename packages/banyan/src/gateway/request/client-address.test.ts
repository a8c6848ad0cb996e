import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { describe, test } from 'node:test'
import { coreErrors, isError } from '../../core/index.ts'
import { clientAddress, limitKeyOfAddress, parseTrustProxy } from './client-address.ts'

function addressOf(trust: string, forwarded: string | undefined, peer = '10.0.0.1'): string {
  const request = { socket: { remoteAddress: peer }, headers: { 'x-forwarded-for': forwarded } }
  return clientAddress(request as unknown as IncomingMessage, parseTrustProxy(trust))
}

describe('clientAddress', () => {
  const cases: readonly [trust: string, forwarded: string | undefined, client: string, why: string][] = [
    ['none', '1.2.3.4', '10.0.0.1', 'nobody is believed'],
    ['', '1.2.3.4', '10.0.0.1', 'nobody is believed by default'],
    ['1', '6.6.6.6, 1.2.3.4', '1.2.3.4', 'the one proxy named the last'],
    ['2', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4', 'two proxies named the last two'],
    ['3', '1.2.3.4', '1.2.3.4', 'fewer names than proxies'],
    ['1', 'rubbish', '10.0.0.1', 'what is no address is not believed'],
    ['1', undefined, '10.0.0.1', 'no header'],
    ['10.0.0.0/8', '6.6.6.6, 1.2.3.4, 10.9.9.9', '1.2.3.4', 'trusted names are passed over from our end'],
    ['10.0.0.0/8', '6.6.6.6, x, 10.9.9.9', '10.9.9.9', 'the walk ends at what is no address'],
    ['192.168.0.0/16', '1.2.3.4', '10.0.0.1', 'the peer itself is not trusted'],
    ['10.0.0.0/8, fd00::/8', '1.2.3.4, fd00::7', '1.2.3.4', 'both families'],
  ]
  for (const [trust, forwarded, client, why] of cases) {
    test(`${trust || 'unset'}: ${why}`, () => assert.equal(addressOf(trust, forwarded), client))
  }

  test('IPv4 on a dual-stack socket is IPv4', () =>
    assert.equal(addressOf('none', undefined, '::ffff:9.8.7.6'), '9.8.7.6'))

  test('a forged chain of thousands is cut, not walked', () => {
    const chain = Array.from({ length: 5_000 }, () => '10.1.1.1').join(', ')
    assert.equal(addressOf('10.0.0.0/8', chain), '10.1.1.1')
  })
})

describe('parseTrustProxy', () => {
  for (const text of ['10.0.0.0/33', 'localhost', '-1', '11', '10.0.0.0/8,x', '0.0.0.0/0']) {
    test(`refuses ${text}`, () => {
      assert.throws(
        () => parseTrustProxy(text),
        (error) => isError(error, coreErrors.INVALID_OPTIONS),
      )
    })
  }
})

describe('limitKeyOfAddress', () => {
  test('all addresses of one IPv6 /64 are one client', () => {
    assert.equal(limitKeyOfAddress('2001:db8:1:2::1'), limitKeyOfAddress('2001:db8:1:2:ffff::9'))
    assert.notEqual(limitKeyOfAddress('2001:db8:1:2::1'), limitKeyOfAddress('2001:db8:1:3::1'))
    assert.equal(limitKeyOfAddress('fe80::1%eth0'), limitKeyOfAddress('fe80::2'))
    assert.equal(limitKeyOfAddress('1.2.3.4'), '1.2.3.4')
  })
})
