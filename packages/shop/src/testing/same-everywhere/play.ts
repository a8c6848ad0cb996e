import assert from 'node:assert/strict'
import { eventually, type Cast, type Order, type Person, type Product } from '../shop-suite/cast.ts'
import type { Answer } from '../shop-suite/visitor.ts'
import type { Action, PlaceAction, Workload } from './workload.ts'

/** The people and products of one play, in the order of the workload. */
export interface Played {
  readonly people: readonly Person[]
  readonly products: readonly Product[]
  /** What each action was answered: status and code. In the concurrent part, how often each. */
  readonly answers: readonly string[]
}

/** Does what the workload says, in a shop that it sees for the first time. */
export async function play(cast: Cast, workload: Workload): Promise<Played> {
  const people = await inTurn(workload.customers, (at) => cast.register(`Customer ${at}`))
  const products = await inTurn(workload.products.length, (at) =>
    cast.addProduct(`Product ${at}`, workload.products[at]!),
  )
  const stage = { cast, people, products, placed: new Map<number, Placed>(), run: cast.fresh('play') }
  const sequential = await inTurn(workload.sequential.length, (at) => act(stage, workload.sequential[at]!))
  const concurrent = await Promise.all(workload.concurrent.map((action) => act(stage, action)))
  return { people, products, answers: [...sequential, ...tally(concurrent)] }
}

interface Placed {
  readonly action: PlaceAction
  readonly answer: Answer<Order>
}

interface Stage {
  readonly cast: Cast
  readonly people: readonly Person[]
  readonly products: readonly Product[]
  readonly placed: Map<number, Placed>
  /** Keeps the keys of two plays apart. */
  readonly run: string
}

async function act(stage: Stage, action: Action): Promise<string> {
  const answer = await perform(stage, action)
  return `${action.kind} ${answer.status} ${answer.error?.code ?? ''}`.trimEnd()
}

function perform(stage: Stage, action: Action): Promise<Answer> {
  const { cast, products, placed } = stage
  const { token } = cast.admin
  switch (action.kind) {
    case 'browse':
      return cast.ask(`GET /api/v2/products/${products[action.product]!.id}`)
    case 'place':
      return place(stage, action)
    case 'repeat':
      return repeat(stage, placed.get(action.order)!)
    case 'restock': {
      const request = `PUT /api/v2/products/${products[action.product]!.id}/stock`
      return cast.ask(request, { token, body: { onHand: action.onHand } })
    }
    case 'cancel': {
      const request = `POST /api/v2/orders/${orderIdOf(placed.get(action.order)!)}/cancel`
      return untilFinal(request, () => cast.ask(request, { token }))
    }
    case 'refund': {
      const amount = { amountMinor: action.amountMinor, currency: 'USD' }
      return cast.ask(`POST /api/v2/payments/${paymentIdOf(placed.get(action.order)!)}/refunds`, {
        token,
        body: { amount },
      })
    }
  }
}

async function place(stage: Stage, action: PlaceAction): Promise<Answer<Order>> {
  const both = await Promise.all((action.isTwin ? [1, 2] : [1]).map(() => send(stage, action)))
  const [answer, twin = answer] = both as [Answer<Order>, Answer<Order>?]
  assert.deepEqual([twin.status, twin.data, twin.error], [answer.status, answer.data, answer.error], 'twins')
  stage.placed.set(action.order, { action, answer })
  return answer
}

async function repeat(stage: Stage, { action, answer }: Placed): Promise<Answer<Order>> {
  const again = await Promise.all([send(stage, action), send(stage, action)])
  for (const { status, data, error } of again) {
    assert.deepEqual([status, data, error], [answer.status, answer.data, answer.error], 'the same key, another answer')
  }
  return again[0]
}

function send({ cast, people, products, run }: Stage, action: PlaceAction): Promise<Answer<Order>> {
  const items = action.lines.map(({ product, quantity }) => ({ productId: products[product]!.id, quantity }))
  const basket = { items, paymentMethod: action.paymentMethod }
  const key = `${run}-${action.order}`
  return untilFinal(`order ${action.order}`, () => cast.place(people[action.customer]!, basket, { key }))
}

/** How long a saga takes is no part of what it leaves behind. */
function untilFinal<Data>(what: string, ask: () => Promise<Answer<Data>>): Promise<Answer<Data>> {
  return eventually(what, async () => {
    const answer = await ask()
    return answer.status === 202 || answer.error?.retry === 'same-key' ? null : answer
  })
}

function orderIdOf({ answer }: Placed): string {
  return answer.error === undefined ? answer.data.id : String(answer.error.details.orderId)
}

/** A payment's id is its order's, under another name; one that never came to be is not found, everywhere. */
function paymentIdOf(placed: Placed): string {
  return orderIdOf(placed).replace(/^ord_/, 'pay_')
}

async function inTurn<T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> {
  const done: T[] = []
  for (let at = 0; at < count; at++) done.push(await work(at))
  return done
}

function tally(answers: readonly string[]): string[] {
  const groups = Map.groupBy(answers, (answer) => answer)
  return [...groups].map(([answer, { length }]) => `${length} × ${answer}`).toSorted()
}
