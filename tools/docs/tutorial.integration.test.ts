import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { startShop, type RunningShop } from './running-shop.ts'
import { runSteps } from './run-steps.ts'
import { outputPattern, shellSteps } from './shell-steps.ts'

const ROOT = join(import.meta.dirname, '../..')
const DOCUMENTS = ['README.md', 'docs/tutorial/first-order.md']

interface Answered {
  readonly accessToken: string
  readonly user: { readonly id: string }
  readonly status: string
}

describe('documents whose commands run against a fresh shop', () => {
  let shop: RunningShop
  before(async () => void (shop = await startShop(ROOT)))
  after(async () => assert.equal(await shop?.stop(), 0))

  for (const path of DOCUMENTS) {
    test(path, async () => {
      const steps = shellSteps({ path, text: readFileSync(join(ROOT, path), 'utf8') })
      const shown = steps.filter((step) => step.expected)
      assert.ok(shown.length > 0, `${path} shows no output to compare`)
      const results = await runSteps(steps, (script) => script.replaceAll('http://127.0.0.1:3000', shop.url))
      for (const { step, output } of results) {
        if (step.expected) assert.match(output, step.expected, `${path}:${step.line} prints something else`)
      }
    })
  }

  test('the payment methods of the tutorial do what its table says', async () => {
    const text = readFileSync(join(ROOT, 'docs/tutorial/first-order.md'), 'utf8')
    const rows = [...text.matchAll(/^\| `(?<method>\w+)` \|.*\| (?<status>\d+) `(?<outcome>[\w.]+)` \|$/gm)]
    assert.equal(rows.length, 7)
    await Promise.all(
      rows.map(async ({ groups }, at) => {
        const { method, status, outcome } = groups as { method: string; status: string; outcome: string }
        const answer = await place(`customer${10 + at}@example.com`, method)
        assert.deepEqual([answer.status, answer.outcome], [Number(status), outcome], method)
      }),
    )
  })

  /** What an order with that card is answered: its status, or the error's code. */
  async function place(email: string, paymentMethod: string) {
    const post = async (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}) => {
      const json = { 'content-type': 'application/json', ...headers }
      const answer = await fetch(`${shop.url}/api/v2/${path}`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify(body),
      })
      return { status: answer.status, body: (await answer.json()) as { data?: Answered; error?: { code: string } } }
    }
    const { accessToken, user } = (await post('sessions', { email, password: 'banyan-demo' })).body.data!
    const order = { items: [{ productId: '20', quantity: 1 }], paymentMethod }
    const { status, body } = await post(`users/${user.id}/orders`, order, { authorization: `Bearer ${accessToken}` })
    return { status, outcome: body.error?.code ?? body.data!.status }
  }

  test('a difference would be noticed', () => {
    assert.doesNotMatch('{"status":"pending"}', outputPattern('{…"status":"confirmed"…}'))
    assert.match('{"id":"a","status":"confirmed","x":1}', outputPattern('{…"status":"confirmed",…}'))
  })
})
