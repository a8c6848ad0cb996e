import assert from 'node:assert/strict'
import { mock } from 'node:test'
import fc from 'fast-check'
import type { SagaDefinition } from '../../saga/index.ts'
import { schemaArbitrary, type PlainSchema } from './schema-arbitrary.ts'

export interface SagaPurityOptions {
  /** What each step answers, by its name; steps whose results nobody reads may be missing. */
  readonly results: Readonly<Record<string, object>>
  /** Default 50. */
  readonly runs?: number
}

type Part = (scope: unknown) => unknown

/**
 * Recovery runs a saga's definition again, so each of its functions must make the same call of the same scope: asserts that, with
 * generated inputs, frozen, at two different times and with two different random numbers.
 */
export function assertPureSaga({ name, input, steps, ends }: SagaDefinition, options: SagaPurityOptions): void {
  const parts = [
    ...steps.flatMap(({ name: step, step: { run, compensate } }) => [
      [step, run] as const,
      [`undoing ${step}`, compensate] as const,
    ]),
    ['complete', ends.complete] as const,
    ['abandon', ends.abandon] as const,
  ]
  const scopes = fc.record({
    input: schemaArbitrary(input as PlainSchema),
    results: fc.record(
      mapValues(options.results, (schema) => schemaArbitrary(schema as PlainSchema)),
      { noNullPrototype: true },
    ),
    reason: fc.constant({
      code: 'api.INTERNAL',
      message: '',
      effect: 'unknown',
      retry: 'never',
      http: 500,
      grpc: 'INTERNAL',
      details: {},
    }),
  })
  fc.assert(
    fc.property(scopes, (scope) => {
      for (const [part, run] of parts) {
        if (run)
          assert.deepEqual(
            callAt(LATER, run as Part, scope),
            callAt(EARLIER, run as Part, scope),
            `${name}: ${part} is not a function of its scope`,
          )
      }
    }),
    { numRuns: options.runs ?? 50 },
  )
}

const EARLIER = { now: 1_000_000_000_000, unit: 0.25 }
const LATER = { now: 1_900_000_000_000, unit: 0.75 }

/** What the part asks for, as data, with the clock and the dice of one moment. */
function callAt({ now, unit }: typeof EARLIER, run: Part, scope: unknown): unknown {
  mock.timers.enable({ apis: ['Date'], now })
  const dice = mock.method(Math, 'random', () => unit)
  try {
    return JSON.parse(JSON.stringify(run(deepFreeze(structuredClone(scope)))))
  } finally {
    dice.mock.restore()
    mock.timers.reset()
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze)
  return Object.freeze(value)
}

function mapValues<In, Out>(values: Readonly<Record<string, In>>, map: (value: In) => Out): Record<string, Out> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]))
}
