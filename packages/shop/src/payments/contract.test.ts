import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Command } from 'banyan/contract'
import { ownerOfId } from 'banyan/core'
import { orderOfPayment, payments } from './contract.ts'
import { refundId } from './payment.ts'

const paymentId = 'pay_42_7zk3m9q2x8c4v6b1'
const { receiveWebhook, refundPayment, resolvePayment } = payments.operations
const shardOf = (body: string) => shardKeyOf(receiveWebhook, { provider: 'stripe', body, headers: {} })

test('a notice is read in the shard of the user whose payment or refund it names', () => {
  assert.equal(shardOf(JSON.stringify({ kind: 'captured', paymentId })), '42')
  assert.equal(shardOf(JSON.stringify({ kind: 'refunded', refundId: refundId(paymentId, 3) })), '42')
  const event = { type: 'payment_intent.succeeded', data: { object: { id: 'pi_3_x', metadata: { paymentId } } } }
  assert.equal(shardOf(JSON.stringify(event)), '42')
  for (const stranger of ['', 'no JSON', '{"paymentId":"pay_0_7zk3m9q2x8c4v6b1"}', '{"id":"spay_7_7zk3m9q2x8c4v6b1"}'])
    assert.equal(shardOf(stranger), '1', stranger)
})

test('every command that moves money finds its shard from ids alone', () => {
  assert.equal(shardKeyOf(refundPayment, { paymentId }), '42')
  assert.equal(shardKeyOf(resolvePayment, { paymentId }), '42')
  assert.equal(ownerOfId('ord', orderOfPayment(paymentId)), '42')
})

function shardKeyOf(operation: Command, input: object): string {
  return operation.shardKey!(input as never)
}
