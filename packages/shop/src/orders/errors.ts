import { Money, Type } from 'banyan/contract'
import { defineErrors } from 'banyan/core'

/** What the orders service refuses. Once an order exists, `details.orderId` names it, also in others' refusals. */
export const orderErrors = defineErrors('orders', {
  TOO_MANY_OF_ONE: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    effect: 'not-applied',
    retry: 'never',
    message:
      'The lines for product {productId} add up to {quantity}; an order may hold at most {limit} of one product.',
    details: Type.Object({ productId: Type.String(), quantity: Type.Integer(), limit: Type.Integer() }),
  },
  PRICE_CHANGED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The order costs more or less than was expected. Nothing was charged; see details and order again.',
    details: Type.Object({ expected: Money, actual: Money, orderId: Type.Optional(Type.String()) }),
  },
  CANCEL_REQUESTED: {
    http: 409,
    grpc: 'ABORTED',
    effect: 'not-applied',
    retry: 'never',
    message: 'The order was cancelled while it was being placed. Nothing was kept of its charge.',
    details: Type.Object({ orderId: Type.String() }),
  },
  EXPIRED: {
    http: 409,
    grpc: 'ABORTED',
    effect: 'not-applied',
    retry: 'never',
    message: 'The order could not be placed in time and was cancelled. Nothing was kept of its charge; order again.',
    details: Type.Object({ orderId: Type.String() }),
  },
  NOT_CANCELLABLE: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'Order {orderId} was not placed ({reason}): there is nothing to cancel.',
    details: Type.Object({ orderId: Type.String(), reason: Type.String() }),
  },
  ILLEGAL_TRANSITION: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'not-applied',
    retry: 'never',
    message: 'Order {orderId} is {status}; {transition} begins from {from}.',
    details: Type.Object({
      orderId: Type.String(),
      status: Type.String(),
      transition: Type.String(),
      from: Type.String(),
    }),
  },
})
