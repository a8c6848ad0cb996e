import { defineErrors } from '../core/index.ts'

export const runtimeErrors = defineErrors('runtime', {
  NO_SUPERVISOR: {
    http: 500,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message:
      'No supervisor runs on {folder}. Start one with several processes: banyan start --topology microservices; or set BANYAN_DATA to the folder of one that runs.',
  },
})
