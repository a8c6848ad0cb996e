import { defineErrors } from '../core/index.ts'

export const meshErrors = defineErrors('mesh', {
  UNKNOWN_OPERATION: {
    http: 501,
    grpc: 'UNIMPLEMENTED',
    effect: 'not-applied',
    retry: 'never',
    message: "Service '{service}' has no operation '{operation}'. Caller and service are of versions too far apart.",
  },
  NO_ENDPOINT: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message: "No instance of service '{service}' is known here. It may be starting: try again.",
  },
})
