import type { IncomingMessage } from 'node:http'
import { type Clock, randomText, systemRandom } from 'banyan/core'

/** An answer of the fake, before idempotency keys are looked at. */
export interface Answer {
  readonly status: number
  readonly body: unknown
  /** So many times the connection breaks after the work was done. The client itself repeats a broken one once. */
  readonly losses?: number
  /** Not remembered under the key: Stripe had not begun to work on it. */
  readonly forget?: boolean
}

type StripeObject = Record<string, unknown> & { readonly id: string; readonly amount: number; status: string }

/** Payment intents and refunds in memory, and the payment methods that give bad days. */
export interface Books {
  readonly clock: Clock
  readonly intents: StripeObject[]
  readonly refunds: StripeObject[]
  readonly attempts: Map<string, number>
}

export function createBooks(clock: Clock): Books {
  return { clock, intents: [], refunds: [], attempts: new Map() }
}

export async function route(books: Books, request: IncomingMessage, form: URLSearchParams): Promise<Answer> {
  const url = new URL(request.url ?? '/', 'http://stripe')
  switch (`${request.method} ${url.pathname}`) {
    case 'POST /v1/payment_intents':
      return createIntent(books, form)
    case 'POST /v1/refunds':
      return createRefund(books, form)
    case 'GET /v1/payment_intents/search':
      return search(books, url.searchParams.get('query') ?? '')
    case 'GET /v1/payment_intents':
      return list(books.intents, url)
    case 'GET /v1/refunds':
      return list(books.refunds, url)
    default:
      return retrieve(books, url.pathname.split('/').at(-1)!)
  }
}

export function failure(status: number, error: object): Answer {
  return { status, body: { error } }
}

async function createIntent(books: Books, form: URLSearchParams): Promise<Answer> {
  const method = form.get('payment_method') ?? ''
  const paymentId = form.get('metadata[paymentId]')!
  const attempt = (books.attempts.get(paymentId) ?? 0) + 1
  books.attempts.set(paymentId, attempt)
  if (method === 'pm_busy' && attempt <= 2)
    return { ...failure(429, { type: 'invalid_request_error', code: 'rate_limit' }), forget: true }
  if (!GOOD.has(method)) return refuse(method)
  const intent = createObject(books, 'pi', form)
  books.intents.unshift(Object.assign(intent, { status: 'succeeded', amount_received: intent.amount, method }))
  if (method === 'pm_slow') await books.clock.sleep(300)
  // The bank takes its time: the first answer, and so every repeat of the key, shows it under way.
  if (method === 'pm_processing') return ok({ ...intent, status: 'processing', amount_received: 0 })
  // Captured all the same: the key will answer 500 for ever, only a look-up or a notice can tell.
  if (method === 'pm_broken') return failure(500, { type: 'api_error', message: 'An error occurred' })
  return { ...ok(intent), losses: method === 'pm_lost' ? 2 : 0 }
}

function createRefund(books: Books, form: URLSearchParams): Answer {
  const intent = books.intents.find(({ id }) => id === form.get('payment_intent'))
  if (!intent) return failure(404, { type: 'invalid_request_error', code: 'resource_missing' })
  const others = books.refunds.filter((refund) => refund.payment_intent === intent.id)
  const refund = createObject(books, 're', form)
  if (others.reduce((sum, { amount }) => sum + amount, refund.amount) > intent.amount)
    return failure(400, { type: 'invalid_request_error', code: 'refund_exceeds_charge' })
  books.refunds.unshift(Object.assign(refund, { status: 'succeeded', payment_intent: intent.id }))
  return ok(intent.method === 'pm_processing' ? { ...refund, status: 'pending' } : refund)
}

function retrieve({ intents, refunds }: Books, id: string): Answer {
  const found = [...intents, ...refunds].find((object) => object.id === id)
  return found ? ok(found) : failure(404, { type: 'invalid_request_error', code: 'resource_missing' })
}

function createObject({ clock }: Books, prefix: string, form: URLSearchParams): StripeObject {
  const fields = [...form].map(([name, value]) => [/^metadata\[(\w+)\]$/.exec(name)?.[1], value] as const)
  const metadata = Object.fromEntries(fields.filter(([name]) => name !== undefined))
  const created = Math.floor(clock.now() / 1_000)
  const id = `${prefix}_${randomText(systemRandom)}`
  return { id, status: 'new', amount: Number(form.get('amount')), currency: 'usd', created, metadata }
}

function search({ intents }: Books, query: string): Answer {
  const paymentId = /'(pay_[^']+)'/.exec(query)?.[1]
  const data = intents.filter((intent) => (intent.metadata as { paymentId?: string }).paymentId === paymentId)
  return ok({ object: 'search_result', data, has_more: false, next_page: null })
}

function list(objects: readonly StripeObject[], url: URL): Answer {
  const after = url.searchParams.get('starting_after')
  const from = after ? objects.findIndex(({ id }) => id === after) + 1 : 0
  const limit = Number(url.searchParams.get('limit') ?? 10)
  return ok({ object: 'list', data: objects.slice(from, from + limit), has_more: objects.length > from + limit })
}

const GOOD = new Set(['pm_card_visa', 'pm_lost', 'pm_broken', 'pm_slow', 'pm_busy', 'pm_processing'])

function refuse(method: string): Answer {
  const declineCode = { pm_card_chargeDeclined: 'generic_decline', pm_card_insufficient: 'insufficient_funds' }[method]
  if (declineCode === undefined)
    return failure(400, { type: 'invalid_request_error', code: 'resource_missing', param: 'payment_method' })
  return failure(402, { type: 'card_error', code: 'card_declined', decline_code: declineCode, message: 'declined' })
}

function ok(body: unknown): Answer {
  return { status: 200, body }
}
