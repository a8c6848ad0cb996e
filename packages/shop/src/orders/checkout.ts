import { OrderId, Price, UserId, Type } from 'banyan/contract'
import { relatedId } from 'banyan/core'
import { defineSaga, invoke, refuseStep } from 'banyan/saga'
import { payments } from '../payments/contract.ts'
import { products } from '../products/contract.ts'
import { orders } from './contract.ts'
import { orderErrors } from './errors.ts'
import { RequestedItem } from './schemas.ts'

const CheckoutInput = Type.Object({
  orderId: OrderId,
  userId: UserId,
  items: Type.Array(RequestedItem),
  paymentMethod: Type.String(),
  expectedTotal: Type.Union([Price, Type.Null()]),
})

/** Reserve stock → charge → confirm. Whatever happens, the order ends confirmed and charged once, or cancelled with net zero. */
export const checkout = defineSaga({ name: 'orders.checkout', version: 1, input: CheckoutInput, deadlineMs: 60_000 })
  .step('reserve', {
    run: ({ input: { orderId, userId, items } }) => invoke(products, 'reserveStock', { orderId, userId, items }),
    compensate: ({ input: { orderId, userId } }) => invoke(products, 'releaseStock', { orderId, userId }),
  })
  .step('charge', {
    run({ input: { orderId, userId, paymentMethod, expectedTotal }, results: { reserve } }) {
      if (expectedTotal && expectedTotal.amountMinor !== reserve.total.amountMinor) {
        return refuseStep(orderErrors.PRICE_CHANGED({ expected: expectedTotal, actual: reserve.total }))
      }
      const paymentId = relatedId('pay', orderId)
      return invoke(payments, 'charge', { orderId, userId, paymentId, paymentMethod, amount: reserve.total })
    },
    compensate: ({ input: { orderId, userId } }) =>
      invoke(payments, 'refundOrder', {
        orderId,
        userId,
        paymentId: relatedId('pay', orderId),
        reason: 'The order was not placed.',
      }),
  })
  .ends({
    complete: ({ input: { orderId, userId }, results: { reserve, charge } }) =>
      invoke(orders, 'confirmOrder', { orderId, userId, ...reserve, paymentId: charge.paymentId }),
    abandon: ({ input: { orderId, userId }, results: { reserve }, reason }) =>
      invoke(orders, 'abandonOrder', {
        orderId,
        userId,
        items: reserve?.items ?? null,
        total: reserve?.total ?? null,
        reason: { code: reason.code, error: { ...reason } },
      }),
  })
