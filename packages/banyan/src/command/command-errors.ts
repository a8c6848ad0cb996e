import { defineErrors } from '../core/index.ts'

/** What a participant of a saga may refuse on the platform's behalf. */
export const sagaErrors = defineErrors('saga', {
  FENCED: {
    http: 409,
    grpc: 'ABORTED',
    effect: 'not-applied',
    retry: 'never',
    message: 'Saga {sagaId} was taken over: this call carries fence {fence}, the highest seen is {highest}.',
  },
  COMPENSATED: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message: 'This step was undone before it arrived; it will not run any more.',
  },
})
