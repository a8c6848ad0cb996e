import { OrderId, UserId, Type } from 'banyan/contract'
import { relatedId } from 'banyan/core'
import { defineSaga, invoke } from 'banyan/saga'
import { payments } from '../payments/contract.ts'
import { products } from '../products/contract.ts'
import { orders } from './contract.ts'

const CancelInput = Type.Object({ orderId: OrderId, userId: UserId })

/** Money back → stock back → cancelled. It only goes forward: nobody takes a refund back. */
export const cancelSaga = defineSaga({ name: 'orders.cancel', version: 1, input: CancelInput, deadlineMs: null })
  .step('refund', {
    run: ({ input: { orderId, userId } }) =>
      invoke(payments, 'refundOrder', {
        orderId,
        userId,
        paymentId: relatedId('pay', orderId),
        reason: 'The order was cancelled.',
      }),
    irreversible: 'money that was given back is not taken again',
  })
  .step('release', {
    run: ({ input: { orderId, userId } }) => invoke(products, 'releaseStock', { orderId, userId }),
    irreversible: 'others may have bought it by now',
  })
  .ends({
    complete: ({ input: { orderId, userId } }) => invoke(orders, 'finishCancel', { orderId, userId }),
  })
