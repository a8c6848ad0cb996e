import { defineErrors } from '../core/index.ts'

export const logErrors = defineErrors('log', {
  EVENT_TOO_LARGE: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'not-applied',
    retry: 'never',
    message:
      'The payload of {type} has {received} characters as JSON; at most {allowed} are allowed. Store a reference.',
  },
})
