import { Type } from 'banyan/contract'
import { defineErrors } from 'banyan/core'

export const myNotesErrors = defineErrors('my-notes', {
  FULL: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'There are {count} entries, at most {limit} are allowed.',
    details: Type.Object({ count: Type.Integer(), limit: Type.Integer() }),
  },
})
