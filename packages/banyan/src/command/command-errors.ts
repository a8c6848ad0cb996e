import { defineErrors } from '../core/index.ts'

/** What a participant of a saga refuses on the platform's behalf. Why the saga itself turns back are `sagaEngineErrors`. */
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
