import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { isError } from '../../core/index.ts'
import { cacheErrors, type TagPurge } from '../../cache/index.ts'
import type { SharedCache } from '../servers/shared-cache.ts'

export interface PurgeUnderTest {
  readonly cache: SharedCache
  readonly purge: TagPurge
}

/** What every way to purge a shared cache must do. The cache keeps what a small server says under the tags of its path. */
export function tagPurgeSuite(name: string, start: (origin: string) => Promise<PurgeUnderTest>): void {
  describe(`purge by tag: ${name}`, () => {
    const { signal } = new AbortController()
    let origin: Server
    let under: PurgeUnderTest
    const purge = (...tags: string[]) => under.purge.purge(tags, signal)
    /** `1`, then `2` after the copy has gone, … */
    const ask = (path: string, coding?: string) => askOnce(under.cache.url + path, coding)
    /** nginx answers before its file is in place: what is told twice comes from there. */
    const askUntilKept = async (path: string): Promise<string> => {
      for (let last = await ask(path); ;) {
        const next = await ask(path)
        if (next === last) return next
        last = next
      }
    }

    before(async () => {
      origin = await startOrigin()
      under = await start(`http://127.0.0.1:${(origin.address() as AddressInfo).port}`)
    })
    after(async () => {
      await under?.cache.stop()
      origin.closeAllConnections()
      origin.close()
      await once(origin, 'close')
    })

    test('takes what stands under any of the tags, and nothing else', async () => {
      const paths = ['/a,b/1', '/b/2', '/c/3', '/c,d/4', '/e/5']
      for (const path of [...paths, ...paths]) assert.equal(await ask(path), '1', 'a copy')
      await purge('b', 'd')
      const now = await Promise.all(paths.map((path) => ask(path)))
      assert.deepEqual(now, ['2', '2', '1', '2', '1'])
    })

    test('a tag is more than its beginning', async () => {
      for (const path of ['/product-1/1', '/product-10/1', '/my-product-1/1']) await ask(path)
      await purge('product-1')
      assert.equal(await ask('/product-10/1'), '1')
      assert.equal(await ask('/my-product-1/1'), '1')
      assert.equal(await ask('/product-1/1'), '2')
    })

    test('takes every coding of an answer', async () => {
      for (const coding of [undefined, 'gzip']) await ask('/coded/1', coding)
      const before = Number(await ask('/coded/1'))
      await purge('coded')
      assert.ok(Number(await ask('/coded/1')) > before)
      assert.ok(Number(await ask('/coded/1', 'gzip')) > before)
    })

    test('takes many tags at once', async () => {
      const tags = Array.from({ length: 100 }, (_, index) => `many-${index}`)
      const kept = new Map<string, string>()
      for (const tag of tags) kept.set(tag, await askUntilKept(`/${tag}/1`))
      await purge(...tags)
      for (const [tag, before] of kept) assert.notEqual(await ask(`/${tag}/1`), before, tag)
    })

    test('does no harm twice, nor where nothing is', async () => {
      await ask('/twice/1')
      await purge('twice', 'nothing')
      await purge('twice', 'nothing')
      assert.equal(await ask('/twice/1'), '2')
    })

    test('says so when it cannot', async () => {
      await under.cache.stop()
      await assert.rejects(purge('a'), (error) => isError(error, cacheErrors.PURGE_FAILED))
    })
  })
}

/** Counts how often it is asked for each path. */
async function startOrigin(): Promise<Server> {
  const counts = new Map<string, number>()
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url!
    const count = (counts.get(path) ?? 0) + 1
    counts.set(path, count)
    outgoing.setHeader('Cache-Control', 'public, max-age=0, s-maxage=600')
    outgoing.setHeader('Vary', 'Accept-Encoding')
    outgoing.setHeader('Cache-Tag', path.split('/')[1]!)
    outgoing.end(String(count))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function askOnce(url: string, coding: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = coding === undefined ? {} : { 'accept-encoding': coding }
    const outgoing = request(url, { headers }, (incoming) => {
      let text = ''
      incoming.on('data', (chunk) => (text += String(chunk)))
      incoming.on('end', () => resolve(text))
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
