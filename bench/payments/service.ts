/**
 * What the payments service does alone, without wire or gateway: `node bench/payments/service.ts [seconds each]`.
 * Own server, fsync on, unix socket; server, service and sandbox provider share the machine. Figures in README.md.
 */
import { startTestPostgres } from 'banyan/testing'
import { newCharge, startPayments, undoing } from '../../packages/shop/src/payments/testing/payments-fixture.ts'
import { createMeasure } from '../measure.ts'

const seconds = Number(process.argv[2] ?? 3)
await using postgres = await startTestPostgres({ settings: { shared_buffers: '128MB', max_wal_size: '4GB' } })
await using shop = await startPayments({ postgres })
const measure = createMeasure({ seconds, serverProcessId: postgres.embedded.processId })
const signal = new AbortController().signal

await measure('sandbox provider alone', 256, () => shop.sandbox.charge(toRequest(newCharge('pm_visa')), signal))
const charged: ReturnType<typeof newCharge>[] = []
for (const callers of [1, 64, 256]) await measure('charge', callers, () => charge('pm_visa'))
await measure('charge, declined', 256, () => charge('pm_declined').catch(() => null))
await measure('charge again', 256, () => {
  const input = charged[Math.floor(Math.random() * charged.length)]!
  return shop.call('charge', input, asStep(input, 'charge'))
})
await measure('getPayment', 256, () => shop.call('getPayment', { paymentId: charged[7]!.paymentId }))
await measure('refundOrder', 256, () => {
  const input = charged.pop() ?? newCharge('pm_visa')
  return shop.call('refundOrder', undoing(input), asStep(input, 'refund'))
})

const from = performance.now()
const { data: audit } = await shop.call('audit', {})
const faults = audit.findings.filter(({ ok }) => !ok)
console.log(`audit in ${Math.round(performance.now() - from)} ms`, faults, JSON.stringify(audit.facts))

async function charge(method: string): Promise<void> {
  const input = newCharge(method)
  await shop.call('charge', input, asStep(input, 'charge'))
  charged.push(input)
}

/** As a saga calls. */
function asStep({ orderId }: ReturnType<typeof newCharge>, step: string) {
  return { key: `${orderId}/${step}`, saga: { id: orderId, step, fence: 1 } }
}

function toRequest({ paymentId, orderId, userId, amount, paymentMethod: method }: ReturnType<typeof newCharge>) {
  return { paymentId, orderId, userId, ...amount, method }
}
