import { Type } from 'banyan/contract'
import { defineErrors } from 'banyan/core'

/** What the products service refuses. */
export const productErrors = defineErrors('products', {
  OUT_OF_STOCK: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'Product {productId} has {available} available, but {requested} were requested. Order fewer of it.',
    // Open: the order that fails for it adds its own id.
    details: Type.Object(
      { productId: Type.String(), requested: Type.Integer(), available: Type.Integer() },
      { additionalProperties: true },
    ),
  },
  UNKNOWN_PRODUCT: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'There is no product {productId} in the catalogue. Remove it from the order.',
    details: Type.Object({ productId: Type.String() }, { additionalProperties: true }),
  },
  TOTAL_TOO_LARGE: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The order comes to {total} minor units; at most {allowed} can be charged. Order less at a time.',
    details: Type.Object({ total: Type.Integer(), allowed: Type.Integer() }, { additionalProperties: true }),
  },
  STOCK_RESERVED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      'Product {productId} cannot have {onHand} on hand: {reserved} are reserved for open orders. Set at least that many.',
    details: Type.Object({ productId: Type.String(), onHand: Type.Integer(), reserved: Type.Integer() }),
  },
  INVALID_ATTRIBUTES: {
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    effect: 'not-applied',
    retry: 'never',
    message: "The attributes at '{pointer}' {fact}. Allowed is {allowed}.",
    details: Type.Object({ pointer: Type.String(), fact: Type.String(), allowed: Type.String() }),
  },
})
