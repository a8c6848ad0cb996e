import type { Call, InputOf, Wire } from 'banyan/contract'
import { coreErrors, createOwnedId, relatedId, systemClock, systemRandom } from 'banyan/core'
import type { TestPostgres } from 'banyan/testing'
import { type ServiceFixture, startService } from '../../testing/service-fixture.ts'
import type { payments } from '../contract.ts'
import type { Notice, PaymentProvider, SignedNotice } from '../providers/provider.ts'
import { createProviders } from '../providers/providers.ts'
import { signSandboxNotice } from '../providers/sandbox/notice.ts'
import { openSandboxBooks } from '../providers/sandbox/open-books.ts'
import { createSandbox } from '../providers/sandbox/sandbox.ts'
import { createPaymentsService } from '../service.ts'

export interface PaymentsFixture extends ServiceFixture<typeof payments> {
  /** As the provider really is, with no fault in between. */
  readonly sandbox: PaymentProvider
  /** Hands the service a notice; signed now unless said otherwise. */
  notify(notice: Notice, signedAtMs?: number): ReturnType<typeof receive>
}

export interface PaymentsFixtureOptions {
  readonly postgres: TestPostgres
  readonly graceMs?: number
  /** Puts something between the service and the sandbox. */
  readonly wrap?: (sandbox: PaymentProvider) => PaymentProvider
}

const SECRET = 'webhook secret'

/** The payments service over a real PostgreSQL, with the sandbox as its provider. A second one joins the same data. */
export async function startPayments({
  postgres,
  graceMs,
  wrap = same,
}: PaymentsFixtureOptions): Promise<PaymentsFixture> {
  const open = () => openSandboxBooks(postgres.connection)
  const sandbox = createSandbox({ open, webhookSecret: SECRET, clock: systemClock })
  const definition = createPaymentsService({
    providers: () => createProviders([wrap(sandbox)]),
    ...(graceMs === undefined ? {} : { graceMs }),
  })
  const wire: Wire = {
    call: (operation, input, call) =>
      fixture?.call(nameOf(operation), input as never, call) ?? Promise.reject(notYet()),
  }
  let fixture: ServiceFixture<typeof payments> | null = null
  fixture = await startService(definition, { postgres, wire })
  const notify = (notice: Notice, signedAtMs = systemClock.now()) =>
    receive(fixture, signSandboxNotice(notice, { secret: SECRET, nowMs: signedAtMs }))
  return { ...fixture, sandbox, notify }
}

/** Sends a signed notice to the webhook. */
export async function receive(service: ServiceFixture<typeof payments>, { body, headers }: SignedNotice) {
  return (await service.call('receiveWebhook', { provider: 'sandbox', body, headers: { ...headers } })).data
}

/** A fresh order's charge. */
export function newCharge(paymentMethod: string, amountMinor = 1_999): InputOf<typeof payments.operations.charge> {
  const orderId = createOwnedId('ord', '42', systemRandom)
  const paymentId = relatedId('pay', orderId)
  return { orderId, paymentId, userId: '42', amount: { amountMinor, currency: 'USD' }, paymentMethod }
}

/** The cancellation of the same order. */
export function undoing({ orderId, paymentId, userId }: ReturnType<typeof newCharge>) {
  return { orderId, paymentId, userId, reason: 'The order was cancelled.' }
}

export const admin: Partial<Call> = {
  principal: { kind: 'user', id: '1', role: 'admin', scopes: null, sessionId: null },
}

/** Waits for a condition, at most 10 s. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = systemClock.monotonicMs() + 10_000
  while (!(await condition())) {
    if (systemClock.monotonicMs() > deadline) throw new Error(`not within 10 s: ${what}`)
    await systemClock.sleep(10)
  }
}

function same(sandbox: PaymentProvider): PaymentProvider {
  return sandbox
}

function nameOf(operation: string): keyof typeof payments.operations {
  return operation.split('.')[1] as keyof typeof payments.operations
}

function notYet(): Error {
  return coreErrors.UNAVAILABLE({ what: 'payments' })
}
