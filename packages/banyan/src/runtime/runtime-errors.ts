import { defineErrors } from '../core/index.ts'

export const runtimeErrors = defineErrors('runtime', {
  SUPERVISED: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'safe',
    message: 'A supervisor runs on {folder} already. Stop it, or set BANYAN_DATA to another folder.',
  },
  NO_SUPERVISOR: {
    http: 500,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message:
      'No supervisor runs on {folder}. Start one with several processes: banyan start --topology microservices; or set BANYAN_DATA to the folder of one that runs.',
  },
})
