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
  INVALID_AGGREGATE_ID: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'not-applied',
    retry: 'never',
    message:
      'The aggregate id {received} of {type} has U+0000 or a lone surrogate in it, which no text in PostgreSQL has: readers would find another id. Make ids of whole characters.',
  },
  UNKNOWN_LOG: {
    http: 404,
    grpc: 'NOT_FOUND',
    effect: 'not-applied',
    retry: 'safe',
    message:
      "The log '{log}' is not kept here, but '{known}' is. The reader and the producer disagree about shard or epoch.",
  },
  REWOUND: {
    http: 409,
    grpc: 'FAILED_PRECONDITION',
    effect: 'not-applied',
    retry: 'never',
    message:
      "A reader of the log '{log}' has read up to {after}, but the log ends at {end}: it was restored to an earlier time. Restore the reader's database to the same time, or rebuild what it derived.",
  },
})
