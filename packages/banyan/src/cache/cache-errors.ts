import { defineErrors, Type } from '../core/index.ts'

export const cacheErrors = defineErrors('cache', {
  PURGE_FAILED: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'unknown',
    retry: 'safe',
    message: 'The cache {cache} did not purge {count} tags: {fault}. It is asked again.',
    details: Type.Object({ cache: Type.String(), count: Type.Integer(), fault: Type.String() }),
  },
})
