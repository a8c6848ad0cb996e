import { defineErrors } from '../core/index.ts'

export const eventsErrors = defineErrors('events', {
  PARKED_FULL: {
    http: 503,
    grpc: 'RESOURCE_EXHAUSTED',
    effect: 'not-applied',
    retry: 'safe',
    message:
      "The consumer '{consumer}' holds {parked} dead letters, at most {maxParked} are allowed: it waits. Replay them, or raise maxParked.",
  },
  UNKNOWN_DEAD_LETTERS: {
    http: 404,
    grpc: 'NOT_FOUND',
    effect: 'not-applied',
    retry: 'never',
    message: "The consumer '{consumer}' has no dead letters that match. List them first.",
  },
  BAD_TABLE_NAME: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'not-applied',
    retry: 'never',
    message:
      "Projection '{projection}' names the table '{table}'; allowed are 1 to 50 of a-z, 0-9 and _, beginning with a letter.",
  },
  NOT_CAUGHT_UP: {
    http: 504,
    grpc: 'DEADLINE_EXCEEDED',
    effect: 'not-applied',
    retry: 'safe',
    message:
      "The rebuild of '{projection}' did not reach the end of its logs within {timeoutMs} ms. The live table is untouched; run it again with resume.",
  },
  READ_MODEL_BEHIND: {
    http: 503,
    grpc: 'UNAVAILABLE',
    effect: 'not-applied',
    retry: 'safe',
    message:
      "'{readModel}' has not come as far as the Consistency-Token names within {waitMs} ms. Try again, or omit the token to read what is there.",
  },
  BROKER_MISFIT: {
    http: 500,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      "The stream '{stream}' of NATS carries {found}; this log needs {wanted}. Rename or delete that stream, or choose another NATS_PREFIX.",
  },
})
