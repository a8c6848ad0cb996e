import { defineErrors } from '../core/index.ts'

export const observeErrors = defineErrors('observe', {
  METRIC_CONFLICT: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'not-applied',
    retry: 'never',
    message:
      'Metric {name} is declared twice: first as {first}, now as {second}. One name has one kind, help text and unit.',
  },
  INVALID_METRIC: {
    http: 500,
    grpc: 'INTERNAL',
    effect: 'not-applied',
    retry: 'never',
    message: 'Metric {name}: {fault}. Names are lower_snake_case and end with their unit (_total, _seconds, _bytes).',
  },
})
