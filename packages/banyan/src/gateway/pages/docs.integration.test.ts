import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { GatewayOptions } from '../gateway-options.ts'
import { createGateway } from '../gateway.ts'
import { fixtureOptions } from '../gateway.fixture.ts'

const info = { title: 'Shop', version: '1.2.3' }
const gateway = createGateway(fixtureOptions({ info }))
let url = ''
before(async () => void ({ url } = await gateway.start()))
after(() => gateway.stop())

describe('GET /openapi.json', () => {
  test('lists each routed operation in each version, and nothing internal', async () => {
    const response = await fetch(`${url}/openapi.json`)
    const document = (await response.json()) as { info: typeof info; paths: Record<string, object> }
    assert.equal(document.info.title, 'Shop')
    assert.ok(document.paths['/api/v1/products/{productId}'])
    assert.ok(document.paths['/api/v2/products/{productId}'])
    assert.ok(document.paths['/api/products/{productId}'])
    assert.equal(Object.keys(document.paths).length, 3 * 5)
    assert.doesNotMatch(JSON.stringify(document), /reindex/)
    const tag = response.headers.get('etag')!
    assert.match(tag, /^"/)
    assert.equal((await fetch(`${url}/openapi.json`, { headers: { 'if-none-match': tag } })).status, 304)
  })
})

describe('GET /', () => {
  test('leads to the page, also by HEAD', async () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(`${url}/`, { method, redirect: 'manual' })
      assert.equal(answer.status, 302, method)
      assert.equal(answer.headers.get('location'), '/docs')
    }
    const page = await fetch(url)
    assert.match(await page.text(), /<title>API reference/)
  })

  test('is left to an app that has a page of its own there', async () => {
    const extend: GatewayOptions['extend'] = (app) => void app.get('/', () => 'our own')
    await using other = createGateway(fixtureOptions({ extend }))
    const { url: there } = await other.start()
    assert.equal(await (await fetch(there)).text(), 'our own')
  })
})

describe('GET /docs', () => {
  test('nothing on the page comes from elsewhere or stands inline, and every part of it is served', async () => {
    const page = await fetch(`${url}/docs`)
    const html = await page.text()
    assert.match(page.headers.get('content-type')!, /^text\/html/)
    const policy = page.headers.get('content-security-policy')!
    assert.match(policy, /default-src 'none'; script-src 'self'/)
    assert.doesNotMatch(policy, /unsafe|https?:/)
    assert.doesNotMatch(html, /https?:|<script>|<style|style=|onclick/)
    const links = [...html.matchAll(/(?:src|href)="(\/docs\/[^"]+)"/g)].map((match) => match[1]!)
    assert.deepEqual(links, ['/docs/page.css', '/docs/page.js'])
    for (const link of [...links, '/docs/element.js', '/docs/schema.js', '/docs/text.js']) {
      const part = await fetch(url + link)
      assert.equal(part.status, 200, link)
      assert.match(part.headers.get('content-type')!, /^text\/(css|javascript)/)
      await part.text()
    }
    assert.equal((await fetch(`${url}/docs/../gateway.ts`)).status, 404)
  })
})
