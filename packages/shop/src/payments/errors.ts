import { Money, Type } from 'banyan/contract'
import { defineErrors } from 'banyan/core'

/** Everything the payments service declares. `effect` speaks of money: `unknown` means that it may have moved. */
export const paymentErrors = defineErrors('payments', {
  CARD_DECLINED: {
    http: 402,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The payment method was declined ({reason}). Nothing was charged; use another payment method.',
    details: Type.Object({ orderId: Type.String(), paymentId: Type.String(), reason: Type.String() }),
  },
  NOT_REFUNDABLE: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'Payment {paymentId} is {status}: only a captured payment whose order stands can be refunded.',
    details: Type.Object({ paymentId: Type.String(), status: Type.String() }),
  },
  REFUND_EXCEEDS_CAPTURE: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The refund asks for {requested}, but only {refundable} of the capture is left to refund.',
    details: Type.Object({ requested: Money, refundable: Money }),
  },
  REFUND_REFUSED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The provider refused refund {refundId} ({reason}). No money moved; a new request is a new attempt.',
    details: Type.Object({ refundId: Type.String(), reason: Type.String() }),
  },
  REFUND_DELAYED: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'same-key',
    message: 'The provider refused refund {refundId} ({reason}). Repeat with the same key: it asks the provider anew.',
    details: Type.Object({ refundId: Type.String(), reason: Type.String() }),
  },
  TOO_MANY_REFUNDS: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'Payment {paymentId} has {allowed} refunds, the most it may have. Settle the rest with the provider.',
  },
  NEEDS_ATTENTION: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'unknown',
    retry: 'never',
    message:
      'The answer about payment {paymentId} was lost for longer than {provider} remembers keys, so it is not asked again. Look it up there and settle it by hand.',
  },
  CONTRADICTION: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'unknown',
    retry: 'never',
    message: 'Payment {paymentId} is {status}; the provider now says {fact}. Compare both ledgers.',
  },
  PROVIDER_UNAVAILABLE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'unknown',
    retry: 'same-key',
    message: 'The answer of {provider} was lost ({reason}). Repeat with the same key to learn the outcome.',
  },
  PROVIDER_BUSY: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'same-key',
    message: '{provider} did not take the request ({reason}). Repeat with the same key shortly.',
  },
  PROVIDER_MISUSED: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'unknown',
    retry: 'same-key',
    message: '{provider} refuses to work with us ({reason}). Repairing the configuration lets the same key go on.',
  },
  WEBHOOK_UNSIGNED: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    effect: 'not-applied',
    retry: 'never',
    message: 'The notice carries no valid signature of its body in the header {header}.',
  },
  WEBHOOK_TOO_OLD: {
    http: 400,
    grpc: 'INVALID_ARGUMENT',
    effect: 'not-applied',
    retry: 'never',
    message:
      'The notice was signed {ageSeconds} s ago; at most {allowedSeconds} s are accepted. Sign and send it anew.',
  },
  WEBHOOK_UNKNOWN: {
    http: 422,
    grpc: 'INVALID_ARGUMENT',
    effect: 'not-applied',
    retry: 'never',
    message: 'A notice of type {type} means nothing here. Subscribe only to charges and refunds.',
  },
  WEBHOOK_AMOUNT: {
    http: 422,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The notice speaks of {received} minor units, ours is {expected}. Compare both ledgers.',
  },
})
