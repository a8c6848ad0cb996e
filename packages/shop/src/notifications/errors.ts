import { Type } from 'banyan/contract'
import { defineErrors } from 'banyan/core'

/** Why a mail could not be handed on. Both are kept with the mail; no caller waits for them. */
export const notificationErrors = defineErrors('notifications', {
  MAIL_REFUSED: {
    http: 502,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'The mail server refuses this mail for good: {answer} Correct the address, then retry it.',
    details: Type.Object({ answer: Type.String() }),
  },
  MAIL_FAILED: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'unknown',
    retry: 'safe',
    message: 'The mail could not be handed on: {reason}. It is tried again with the same Message-ID.',
    details: Type.Object({ reason: Type.String() }),
  },
})
