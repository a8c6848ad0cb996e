import { defineErrors } from '../core/index.ts'

/** Why a saga turns back without any participant having refused: those refuse with `sagaErrors`. */
export const sagaEngineErrors = defineErrors('saga', {
  DEADLINE_PASSED: {
    http: 504,
    grpc: 'DEADLINE_EXCEEDED',
    effect: 'not-applied',
    retry: 'never',
    message: 'Saga {sagaId} did not get past {step} before its deadline; what had been done was undone.',
  },
})
