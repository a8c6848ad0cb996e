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
  UNTRUSTED_CALLER: {
    http: 401,
    grpc: 'UNAUTHENTICATED',
    effect: 'not-applied',
    retry: 'never',
    message: 'This caller is not let in: {fault}.',
  },
  CANNOT_LISTEN: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'not-applied',
    retry: 'never',
    message: 'Cannot listen at {address}: {fault}. Choose another address.',
  },
  UNREACHABLE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message: 'Nothing was sent to {address}: {fault}. Another instance may be tried at once.',
  },
  CONNECTION_LOST: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'unknown',
    retry: 'same-key',
    message:
      'The connection to {address} was lost before the answer came. Repeat with the same key to learn the outcome.',
  },
  INCOMPATIBLE_PROTOCOL: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message:
      'Wire versions do not meet: {caller} speaks {callerVersions}, {service} speaks {serviceVersions}. Bring both to releases at most one apart.',
  },
  INCOMPATIBLE_RELEASE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message:
      'Releases do not work together: {caller} calls {service}, and their major versions differ. Bring both to one major.',
  },
  MESSAGE_TOO_LARGE: {
    http: 413,
    grpc: 'RESOURCE_EXHAUSTED',
    effect: 'not-applied',
    retry: 'never',
    message: 'A message of {bytes} bytes is larger than the {maxBytes} that may cross at once. Send less.',
  },
  NO_INSTANCE: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message: "No instance of service '{service}' can be called at the moment: {known} are known. Try again.",
  },
  BREAKER_OPEN: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message:
      '{operation} is not called at the moment, because too many of its calls failed. Try again in a few seconds.',
  },
})
