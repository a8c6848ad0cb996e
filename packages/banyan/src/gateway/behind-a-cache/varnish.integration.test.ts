import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, test } from 'node:test'
import { startTestVarnish } from '../../testing/index.ts'
import { askUntil } from './site.fixture.ts'
import { sharedCacheSuite } from './suite.fixture.ts'

describe('behind Varnish', () => {
  sharedCacheSuite(startTestVarnish)

  test('an answer that has grown old in a copy of the gateway does not begin again', async () => {
    let count = 0
    const origin = createServer((_, outgoing) => {
      count += 1
      outgoing.setHeader('Cache-Control', 'public, max-age=0, s-maxage=600')
      outgoing.setHeader('CDN-Cache-Control', 'public, max-age=600')
      outgoing.setHeader('Age', '599')
      outgoing.end(String(count))
    }).listen(0, '127.0.0.1')
    await once(origin, 'listening')
    await using cache = await startTestVarnish({ origin: `http://127.0.0.1:${(origin.address() as AddressInfo).port}` })
    await askUntil(`${cache.url}/`, ({ text }) => text === '2')
    origin.closeAllConnections()
    origin.close()
  })
})
